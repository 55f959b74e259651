//! What the loads need, of rusqlite and of tokio-postgres, each as its manual advises: cached prepared
//! statements; on PostgreSQL pipelined requests, and COPY for many rows.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;

use futures_util::{future, pin_mut, TryStreamExt};
use tokio::runtime::Runtime;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::Statement;

use crate::rows::{Item, Row};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

pub struct Postgres {
    runtime: Runtime,
    client: tokio_postgres::Client,
    kept: RefCell<HashMap<String, Statement>>,
}

pub enum Database {
    Sqlite(rusqlite::Connection),
    Postgres(Postgres),
}

const INSERT: &str = "INSERT INTO entry (a, b, c, name, note, flag, at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const UPDATE: &str = "UPDATE entry SET a = $1, c = $2, name = $3 WHERE id = $4";
const UPSERT: &str = "INSERT INTO slot (id, a, b, c, name, note, flag, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (id) DO UPDATE SET a = excluded.a, b = excluded.b, c = excluded.c, name = excluded.name, \
    note = excluded.note, flag = excluded.flag, at = excluded.at";

impl Postgres {
    fn open(url: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (client, connection) = runtime.block_on(tokio_postgres::connect(url, tokio_postgres::NoTls))?;
        runtime.spawn(connection);
        Ok(Postgres { runtime, client, kept: RefCell::default() })
    }

    fn prepared(&self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.kept.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.runtime.block_on(self.client.prepare(sql))?;
        self.kept.borrow_mut().insert(sql.to_string(), statement.clone());
        Ok(statement)
    }

    fn query<R: Row>(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<R>> {
        let statement = self.prepared(sql)?;
        let rows = self.runtime.block_on(self.client.query(&statement, parameters))?;
        Ok(rows.iter().map(|row| R::postgres(row, 0)).collect())
    }

    fn each<R: Row>(&self, sql: &str, arguments: &[i64], mut with: impl FnMut(R)) -> Result<()> {
        let statement = self.prepared(sql)?;
        self.runtime.block_on(async {
            let rows = self.client.query_raw(&statement, arguments).await?;
            pin_mut!(rows);
            while let Some(row) = rows.try_next().await? {
                with(R::postgres(&row, 0));
            }
            Ok(())
        })
    }

    fn copy(&self, rows: &[Item]) -> Result<()> {
        let types = [Type::INT4, Type::INT8, Type::FLOAT8, Type::VARCHAR, Type::VARCHAR, Type::BOOL, Type::TIMESTAMPTZ];
        let copy = "COPY entry (a, b, c, name, note, flag, at) FROM STDIN BINARY";
        self.runtime.block_on(async {
            let writer = BinaryCopyInWriter::new(self.client.copy_in(copy).await?, &types);
            pin_mut!(writer);
            for row in rows {
                let at = row.at.time();
                writer.as_mut().write(&[&row.a, &row.b, &row.c, &row.name, &row.note, &row.flag, &at]).await?;
            }
            writer.finish().await?;
            Ok(())
        })
    }

    /// All go out before the first answer is waited for.
    fn pipelined<'a, F>(&self, sql: &str, rows: &'a [Item], parameters: F) -> Result<()>
    where
        F: Fn(&'a Item) -> Vec<Box<dyn ToSql + Sync + 'a>>,
    {
        let statement = self.prepared(sql)?;
        let values: Vec<_> = rows.iter().map(parameters).collect();
        let statement = &statement;
        let work = values.iter().map(|row| async move {
            let row: Vec<&(dyn ToSql + Sync)> = row.iter().map(|value| &**value as _).collect();
            self.client.execute(statement, &row).await
        });
        self.runtime.block_on(future::try_join_all(work))?;
        Ok(())
    }
}

impl Database {
    pub fn open(engine: &str, url: &str) -> Result<Self> {
        if engine == "postgresql" {
            return Ok(Database::Postgres(Postgres::open(url)?));
        }
        let connection = rusqlite::Connection::open(url.trim_start_matches("sqlite:"))?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.set_prepared_statement_cache_capacity(100);
        Ok(Database::Sqlite(connection))
    }

    /// Statements have $1, $2 and so on.
    pub fn load<R: Row>(&self, sql: &str, arguments: &[i64]) -> Result<Vec<R>> {
        match self {
            Database::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let rows = statement.query_map(rusqlite::params_from_iter(arguments), |row| R::sqlite(row, 0))?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            }
            Database::Postgres(postgres) => {
                let parameters: Vec<&(dyn ToSql + Sync)> = arguments.iter().map(|value| value as _).collect();
                postgres.query(sql, &parameters)
            }
        }
    }

    pub fn one<R: Row>(&self, sql: &str, argument: i64) -> Result<R> {
        match self {
            Database::Sqlite(connection) => {
                Ok(connection.prepare_cached(sql)?.query_row([argument], |row| R::sqlite(row, 0))?)
            }
            Database::Postgres(postgres) => {
                let statement = postgres.prepared(sql)?;
                let row = postgres.runtime.block_on(postgres.client.query_one(&statement, &[&argument]))?;
                Ok(R::postgres(&row, 0))
            }
        }
    }

    /// "SELECT ... WHERE column" and the keys that it may have.
    pub fn load_keys<R: Row>(&self, start: &str, keys: &[i64]) -> Result<Vec<R>> {
        match self {
            Database::Sqlite(_) => {
                let marks = vec!["?"; keys.len()].join(",");
                self.load(&format!("{start} IN ({marks})"), keys)
            }
            Database::Postgres(postgres) => postgres.query(&format!("{start} = ANY($1)"), &[&keys]),
        }
    }

    /// One row after the other.
    pub fn each<R: Row>(&self, sql: &str, arguments: &[i64], mut with: impl FnMut(R)) -> Result<()> {
        match self {
            Database::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(arguments))?;
                while let Some(row) = rows.next()? {
                    with(R::sqlite(row, 0)?);
                }
                Ok(())
            }
            Database::Postgres(postgres) => postgres.each(sql, arguments, with),
        }
    }

    pub fn exec(&self, sql: &str) -> Result<()> {
        match self {
            Database::Sqlite(connection) => connection.execute_batch(sql)?,
            Database::Postgres(postgres) => postgres.runtime.block_on(postgres.client.batch_execute(sql))?,
        }
        Ok(())
    }

    /// Its own statements, prepared.
    fn exec_prepared(&self, sql: &str) -> Result<()> {
        match self {
            Database::Sqlite(connection) => {
                connection.prepare_cached(sql)?.execute([])?;
            }
            Database::Postgres(_) => self.exec(sql)?,
        }
        Ok(())
    }

    pub fn transaction<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.exec_prepared("BEGIN")?;
        let result = work();
        self.exec_prepared(if result.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        result
    }

    pub fn insert(&self, rows: &[Item]) -> Result<()> {
        match self {
            Database::Sqlite(connection) => {
                let mut insert = connection.prepare_cached(INSERT)?;
                for row in rows {
                    insert.execute(rusqlite::params![
                        row.a, row.b, row.c, row.name, row.note, row.flag, row.at.micros()
                    ])?;
                }
                Ok(())
            }
            Database::Postgres(postgres) if rows.len() == 1 => {
                let insert = postgres.prepared(INSERT)?;
                let row = &rows[0];
                let at = row.at.time();
                postgres.runtime.block_on(postgres.client.execute(
                    &insert,
                    &[&row.a, &row.b, &row.c, &row.name, &row.note, &row.flag, &at],
                ))?;
                Ok(())
            }
            Database::Postgres(postgres) => postgres.copy(rows),
        }
    }

    pub fn update(&self, rows: &[Item]) -> Result<()> {
        match self {
            Database::Sqlite(connection) => {
                let mut update = connection.prepare_cached(UPDATE)?;
                for row in rows {
                    update.execute(rusqlite::params![row.a, row.c, row.name, row.id])?;
                }
                Ok(())
            }
            Database::Postgres(postgres) => postgres.pipelined(UPDATE, rows, |row| {
                vec![Box::new(row.a), Box::new(row.c), Box::new(&row.name), Box::new(row.id)]
            }),
        }
    }

    pub fn upsert(&self, rows: &[Item]) -> Result<()> {
        match self {
            Database::Sqlite(connection) => {
                let mut upsert = connection.prepare_cached(UPSERT)?;
                for row in rows {
                    upsert.execute(rusqlite::params![
                        row.id, row.a, row.b, row.c, row.name, row.note, row.flag, row.at.micros()
                    ])?;
                }
                Ok(())
            }
            Database::Postgres(postgres) => postgres.pipelined(UPSERT, rows, |row| {
                vec![
                    Box::new(row.id),
                    Box::new(row.a),
                    Box::new(row.b),
                    Box::new(row.c),
                    Box::new(&row.name),
                    Box::new(&row.note),
                    Box::new(row.flag),
                    Box::new(row.at.time()),
                ]
            }),
        }
    }
}
