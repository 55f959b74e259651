package main

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"

	_ "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
	_ "github.com/mattn/go-sqlite3"
)

// What the loads need, of database/sql and of pgx. Statements have `?` for their parameters.
// What fails panics; the answer to the run tells it.

type results interface {
	Next() bool
	Scan(targets ...interface{}) error
	Err() error
	Close()
}

type connection interface {
	query(text string, arguments ...interface{}) results
	exec(text string, arguments ...interface{})
	// Calls with a list of keys: "... IN $keys"
	queryKeys(text string, keys []int64) results
	insert(rows []item)
	update(rows []item)
	upsert(rows []item)
	transaction(work func(connection))
	close()
}

func check(failure error) {
	if failure != nil {
		panic(failure)
	}
}

var background = context.Background()

const insertText = "INSERT INTO entry (a, b, c, name, note, flag, at) VALUES "
const upsertText = "INSERT INTO slot (id, a, b, c, name, note, flag, at) VALUES "
const updateText = "UPDATE entry SET a = ?, c = ?, name = ? WHERE id = ?"

func upsertEnd() string {
	end := " ON CONFLICT (id) DO UPDATE SET "
	value := " = excluded.%"
	if engine == "mariadb" {
		end, value = " ON DUPLICATE KEY UPDATE ", " = VALUES(%)"
	}
	for i, name := range []string{"a", "b", "c", "name", "note", "flag", "at"} {
		if i > 0 {
			end += ", "
		}
		end += name + strings.Replace(value, "%", name, 1)
	}
	return end
}

// count times "(?, ?, ...)"
func marks(columns, count int) string {
	one := "(" + strings.Repeat("?, ", columns-1) + "?)"
	return strings.Repeat(one+", ", count-1) + one
}

// --- database/sql: SQLite and MariaDB -------------------------------------------------------------------

// Rows of one VALUES.
var rowsAtOnce = map[string]int{"sqlite": 50, "mariadb": 500}

type sqlResults struct{ *sql.Rows }

func (r sqlResults) Close() { r.Rows.Close() }

type standard struct {
	db   *sql.DB
	tx   *sql.Tx
	lock *sync.RWMutex
	kept map[string]*sql.Stmt
	// What a transaction was begun on.
	outer *standard
}

func openStandard(driver, name string, size int) *standard {
	db, failure := sql.Open(driver, name)
	check(failure)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return &standard{db: db, lock: &sync.RWMutex{}, kept: map[string]*sql.Stmt{}}
}

// A prepared statement, which database/sql prepares on each of its connections when it first meets it.
// In a transaction, whose connection is the only one, it is prepared on that.
func (c *standard) prepared(text string) *sql.Stmt {
	c.lock.RLock()
	st := c.kept[text]
	c.lock.RUnlock()
	if st != nil {
		return st
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	if st = c.kept[text]; st == nil {
		var failure error
		if c.tx == nil {
			st, failure = c.db.Prepare(text)
		} else if outer := c.outer.kept[text]; outer != nil {
			st = c.tx.Stmt(outer)
		} else {
			st, failure = c.tx.Prepare(text)
		}
		check(failure)
		c.kept[text] = st
	}
	return st
}

func (c *standard) query(text string, arguments ...interface{}) results {
	rows, failure := c.prepared(text).Query(arguments...)
	check(failure)
	return sqlResults{rows}
}

func (c *standard) queryKeys(text string, keys []int64) results {
	arguments := make([]interface{}, len(keys))
	for i, key := range keys {
		arguments[i] = key
	}
	return c.query(strings.Replace(text, "$keys", marks(len(keys), 1), 1), arguments...)
}

func (c *standard) exec(text string, arguments ...interface{}) {
	_, failure := c.prepared(text).Exec(arguments...)
	check(failure)
}

func (c *standard) write(start, end string, withID bool, rows []item) {
	for len(rows) > 0 {
		some := rowsAtOnce[engine]
		if some > len(rows) {
			some = len(rows)
		}
		columns := 7
		if withID {
			columns = 8
		}
		arguments := make([]interface{}, 0, some*columns)
		for i := range rows[:some] {
			if withID {
				arguments = append(arguments, rows[i].id)
			}
			arguments = append(arguments, rows[i].values()...)
		}
		c.exec(start+marks(columns, some)+end, arguments...)
		rows = rows[some:]
	}
}

func (c *standard) insert(rows []item) { c.write(insertText, "", false, rows) }
func (c *standard) upsert(rows []item) { c.write(upsertText, upsertEnd(), true, rows) }

func (c *standard) update(rows []item) {
	st := c.prepared(updateText)
	for i := range rows {
		_, failure := st.Exec(rows[i].a, rows[i].c, rows[i].name, rows[i].id)
		check(failure)
	}
}

func (c *standard) transaction(work func(connection)) {
	tx, failure := c.db.Begin()
	check(failure)
	defer tx.Rollback()
	inner := &standard{db: c.db, tx: tx, lock: &sync.RWMutex{}, kept: map[string]*sql.Stmt{}, outer: c}
	work(inner)
	check(tx.Commit())
	for text := range inner.kept { // the next transaction finds them
		c.prepared(text)
	}
}

func (c *standard) close() { c.db.Close() }

// --- pgx's own interface: PostgreSQL -------------------------------------------------------------------------

// A connection, a transaction or a pool; they keep prepared statements by themselves.
type pgxWork interface {
	Query(context.Context, string, ...interface{}) (pgx.Rows, error)
	SendBatch(context.Context, *pgx.Batch) pgx.BatchResults
	CopyFrom(context.Context, pgx.Identifier, []string, pgx.CopyFromSource) (int64, error)
	Begin(context.Context) (pgx.Tx, error)
}

type postgres struct {
	pgxWork
	numbered *sync.Map
	done     func()
}

func openPostgres(url string) *postgres {
	c, failure := pgx.Connect(background, url)
	check(failure)
	return &postgres{c, &sync.Map{}, func() { c.Close(background) }}
}

func openPostgresPool(url string, size int) *postgres {
	config, failure := pgxpool.ParseConfig(url)
	check(failure)
	config.MaxConns = int32(size)
	pool, failure := pgxpool.ConnectConfig(background, config)
	check(failure)
	return &postgres{pool, &sync.Map{}, pool.Close}
}

// `?` as $1, $2 and so on
func (c *postgres) marked(text string) string {
	if known, ok := c.numbered.Load(text); ok {
		return known.(string)
	}
	var made strings.Builder
	number := 0
	for _, letter := range text {
		if letter == '?' {
			number++
			made.WriteString("$" + strconv.Itoa(number))
		} else {
			made.WriteRune(letter)
		}
	}
	c.numbered.Store(text, made.String())
	return made.String()
}

func (c *postgres) query(text string, arguments ...interface{}) results {
	rows, failure := c.Query(background, c.marked(text), arguments...)
	check(failure)
	return rows
}

func (c *postgres) queryKeys(text string, keys []int64) results {
	return c.query(strings.Replace(text, "IN $keys", "= ANY(?)", 1), keys)
}

func (c *postgres) exec(text string, arguments ...interface{}) {
	rows := c.query(text, arguments...)
	rows.Close()
	check(rows.Err())
}

// CopyFrom pays off from some five rows on, its manual says.
func (c *postgres) insert(rows []item) {
	if len(rows) == 1 {
		c.exec(insertText+marks(7, 1), rows[0].values()...)
		return
	}
	columns := []string{"a", "b", "c", "name", "note", "flag", "at"}
	source := pgx.CopyFromSlice(len(rows), func(i int) ([]interface{}, error) { return rows[i].values(), nil })
	_, failure := c.CopyFrom(background, pgx.Identifier{"entry"}, columns, source)
	check(failure)
}

func (c *postgres) batch(text string, rows []item, arguments func(*item) []interface{}) {
	batch := &pgx.Batch{}
	text = c.marked(text)
	for i := range rows {
		batch.Queue(text, arguments(&rows[i])...)
	}
	check(c.SendBatch(background, batch).Close())
}

func (c *postgres) update(rows []item) {
	c.batch(updateText, rows, func(r *item) []interface{} { return []interface{}{r.a, r.c, r.name, r.id} })
}

func (c *postgres) upsert(rows []item) {
	c.batch(upsertText+marks(8, 1)+upsertEnd(), rows,
		func(r *item) []interface{} { return append([]interface{}{r.id}, r.values()...) })
}

func (c *postgres) transaction(work func(connection)) {
	tx, failure := c.Begin(background)
	check(failure)
	defer tx.Rollback(background)
	work(&postgres{tx, c.numbered, nil})
	check(tx.Commit(background))
}

func (c *postgres) close() { c.done() }
