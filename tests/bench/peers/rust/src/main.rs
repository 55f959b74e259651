//! rusqlite and tokio-postgres. They have no relations, so children are loaded by a second statement and
//! grouped here, and no pool.

mod database;
mod rows;

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use database::{Database, Result};
use rows::*;

const ROW: u64 = 1000003;

fn key(r: usize) -> i64 {
    (r * 7919 % 10000 + 1) as i64
}

fn low(r: usize) -> i64 {
    (r % 100 + 1) as i64
}

// --- loads ---------------------------------------------------------------------------------------------

fn get(db: &Database, id: i64) -> Result<Item> {
    db.one("SELECT id, a, b, c, name, note, flag, at FROM item WHERE id = $1", id)
}

fn find(db: &Database, r: usize, size: usize) -> Result<Vec<Item>> {
    let lo = low(r);
    db.load(
        "SELECT id, a, b, c, name, note, flag, at FROM item WHERE id >= $1 AND id < $2",
        &[lo, lo + size as i64],
    )
}

fn get_many(db: &Database, r: usize, size: usize) -> Result<Vec<Item>> {
    let keys: Vec<i64> = (0..size).map(|j| key(r * size + j)).collect();
    db.load_keys("SELECT id, a, b, c, name, note, flag, at FROM item WHERE id", &keys)
}

fn filter(db: &Database, r: usize, size: usize) -> Result<Vec<Item>> {
    db.load(
        "SELECT id, a, b, c, name, note, flag, at FROM item \
         WHERE a = CAST($1 AS bigint) AND flag = true AND c >= 10 ORDER BY b DESC, id LIMIT $2",
        &[(r % 100 + 10) as i64, size as i64],
    )
}

fn join(db: &Database, r: usize, size: usize) -> Result<Vec<Joined>> {
    let lo = low(r);
    let sql = format!(
        "SELECT {}, {} FROM post LEFT JOIN person ON person.id = post.person_id WHERE post.id >= $1 AND post.id < $2",
        Post::COLUMNS,
        Person::COLUMNS
    );
    db.load(&sql, &[lo, lo + size as i64])
}

fn persons(db: &Database, count: usize) -> Result<Vec<Person>> {
    db.load(
        "SELECT person.id, person.name, person.email, person.age, person.created FROM person WHERE id <= $1",
        &[count as i64],
    )
}

fn ids(persons: &[Person]) -> Vec<i64> {
    persons.iter().map(|person| person.id).collect()
}

fn by_id(ids: impl Iterator<Item = i64>) -> HashMap<i64, usize> {
    ids.enumerate().map(|(at, id)| (id, at)).collect()
}

fn below<R: Row>(db: &Database, table: &str, column: &str, keys: &[i64]) -> Result<Vec<R>> {
    db.load_keys(&format!("SELECT {} FROM {table} WHERE {column}", R::COLUMNS), keys)
}

fn give_posts(persons: &mut [Person], posts: Vec<Post>) {
    let found = by_id(persons.iter().map(|person| person.id));
    for post in posts {
        persons[found[&post.person_id]].posts.push(post);
    }
}

fn children(db: &Database, count: usize) -> Result<Vec<Person>> {
    let mut persons = persons(db, count)?;
    let posts = below(db, "post", "person_id", &ids(&persons))?;
    give_posts(&mut persons, posts);
    Ok(persons)
}

fn children_joined(db: &Database, count: usize) -> Result<Vec<Person>> {
    let sql = format!(
        "SELECT {}, {} FROM person JOIN post ON post.person_id = person.id WHERE person.id <= $1 ORDER BY person.id",
        Post::COLUMNS,
        Person::COLUMNS
    );
    let mut persons: Vec<Person> = Vec::new();
    for Joined { post, person } in db.load(&sql, &[count as i64])? {
        if persons.last().map(|last| last.id) != Some(person.id) {
            persons.push(person);
        }
        persons.last_mut().unwrap().posts.push(post);
    }
    Ok(persons)
}

fn children_lazy(db: &Database, count: usize) -> Result<Vec<Person>> {
    let sql = format!("SELECT {} FROM post WHERE person_id = $1", Post::COLUMNS);
    let mut persons = persons(db, count)?;
    for person in &mut persons {
        person.posts = db.load(&sql, &[person.id])?;
    }
    Ok(persons)
}

fn levels(db: &Database, count: usize) -> Result<Vec<Person>> {
    let mut persons = persons(db, count)?;
    let mut posts: Vec<Post> = below(db, "post", "person_id", &ids(&persons))?;
    let found = by_id(posts.iter().map(|post| post.id));
    let keys: Vec<i64> = posts.iter().map(|post| post.id).collect();
    for comment in below::<Comment>(db, "comment", "post_id", &keys)? {
        posts[found[&comment.post_id]].comments.push(comment);
    }
    give_posts(&mut persons, posts);
    Ok(persons)
}

fn many_to_many(db: &Database, count: usize) -> Result<Vec<Post>> {
    let mut posts: Vec<Post> =
        db.load(&format!("SELECT {} FROM post WHERE id <= $1", Post::COLUMNS), &[count as i64])?;
    let found = by_id(posts.iter().map(|post| post.id));
    let keys: Vec<i64> = posts.iter().map(|post| post.id).collect();
    let links: Vec<Link> = below(db, "post_tag", "post_id", &keys)?;
    let mut wanted: Vec<i64> = links.iter().map(|link| link.tag_id).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let tags: HashMap<i64, Rc<Tag>> =
        below::<Tag>(db, "tag", "id", &wanted)?.into_iter().map(|tag| (tag.id, Rc::new(tag))).collect();
    for link in links {
        posts[found[&link.post_id]].tags.push(tags[&link.tag_id].clone());
    }
    Ok(posts)
}

fn siblings(db: &Database, count: usize) -> Result<Vec<Person>> {
    let mut persons = persons(db, count)?;
    let keys = ids(&persons);
    let found = by_id(keys.iter().copied());
    give_posts(&mut persons, below(db, "post", "person_id", &keys)?);
    for badge in below::<Badge>(db, "badge", "person_id", &keys)? {
        persons[found[&badge.person_id]].badges.push(badge);
    }
    for visit in below::<Visit>(db, "visit", "person_id", &keys)? {
        persons[found[&visit.person_id]].visits.push(visit);
    }
    Ok(persons)
}

/// The children under their parents, which come before them; those with no parent among them are returned.
fn connected(nodes: Vec<Node>) -> Vec<Node> {
    let found = by_id(nodes.iter().map(|node| node.id));
    let parents: Vec<Option<usize>> = nodes
        .iter()
        .map(|node| node.parent_id.and_then(|id| found.get(&id).copied()))
        .collect();
    let mut places: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    let mut roots = Vec::new();
    for at in (0..places.len()).rev() {
        let node = places[at].take().unwrap();
        match parents[at] {
            Some(parent) => places[parent].as_mut().unwrap().children.push(node),
            None => roots.push(node),
        }
    }
    roots
}

fn tree(db: &Database) -> Result<Vec<Node>> {
    let nodes = db.load(
        "WITH RECURSIVE below (id) AS (SELECT id FROM node WHERE id = 1 \
         UNION ALL SELECT node.id FROM node JOIN below ON node.parent_id = below.id) \
         SELECT node.id, node.parent_id, node.name, node.weight FROM node JOIN below ON node.id = below.id \
         ORDER BY node.id",
        &[],
    )?;
    Ok(connected(nodes))
}

fn nest(db: &Database, depth: usize) -> Result<Vec<Node>> {
    let mut level: Vec<Node> =
        db.load(&format!("SELECT {} FROM node WHERE id BETWEEN 2 AND 5", Node::COLUMNS), &[])?;
    let mut all = Vec::new();
    for _ in 0..depth {
        let keys: Vec<i64> = level.iter().map(|node| node.id).collect();
        all.append(&mut level);
        level = below(db, "node", "parent_id", &keys)?;
    }
    all.append(&mut level);
    Ok(connected(all))
}

// --- the clock -------------------------------------------------------------------------------------------

#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

extern "C" {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
}

fn cpu_time() -> Duration {
    const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;
    let mut time = Timespec { seconds: 0, nanoseconds: 0 };
    unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    Duration::new(time.seconds as u64, time.nanoseconds as u32)
}

struct Run<'a> {
    db: &'a Database,
    engine: &'a str,
    url: &'a str,
    size: usize,
    times: usize,
    wall: Duration,
    cpu: Duration,
}

impl Run<'_> {
    fn timed<T>(&mut self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let (cpu, start) = (cpu_time(), Instant::now());
        let result = work();
        self.wall += start.elapsed();
        self.cpu += cpu_time() - cpu;
        result
    }

    fn repeated<R: Sum>(&mut self, load: impl Fn(&Database, usize, usize) -> Result<Vec<R>>) -> Result<u64> {
        let (db, size, times) = (self.db, self.size, self.times);
        let (rows, count) = self.timed(|| {
            let mut rows = Vec::new();
            let mut count = 0;
            for r in 0..times {
                rows = load(db, r, size)?;
                count += rows.len();
            }
            Ok((rows, count))
        })?;
        Ok(rows.sum().wrapping_add(ROW * count as u64))
    }

    // --- what lies outside of the clock

    fn checkpoint(&self) -> Result<()> {
        if self.engine == "sqlite" {
            self.db.exec("PRAGMA wal_checkpoint(TRUNCATE)")?;
        }
        Ok(())
    }

    fn empty(&self, table: &str) -> Result<()> {
        let verb = if self.engine == "sqlite" { "DELETE FROM" } else { "TRUNCATE TABLE" };
        self.db.exec(&format!("{verb} {table}"))?;
        self.checkpoint()
    }

    fn fill(&self, table: &str, count: usize) -> Result<()> {
        self.db.exec(&format!("INSERT INTO {table} SELECT * FROM item WHERE id <= {count}"))?;
        self.checkpoint()
    }

    fn written(&self, table: &str) -> Result<u64> {
        struct Number(i64);
        impl Row for Number {
            const COLUMNS: &'static str = "";
            fn sqlite(row: &rusqlite::Row, _: usize) -> rusqlite::Result<Self> {
                Ok(Number(row.get(0)?))
            }
            fn postgres(row: &tokio_postgres::Row, _: usize) -> Self {
                Number(row.get(0))
            }
        }
        let rows: Vec<Number> = self.db.load(
            &format!(
                "SELECT CAST(COALESCE(SUM(1 + 3*a + 5*b + 14*c + 11*LENGTH(name) + 13*COALESCE(LENGTH(note), 1) \
                 + CASE WHEN flag THEN 17 ELSE 0 END), 0) AS bigint) FROM {table}"
            ),
            &[],
        )?;
        Ok(rows[0].0 as u64)
    }

    // --- the workloads that are more than a load

    fn get(&mut self, in_transaction: bool) -> Result<u64> {
        let (db, times) = (self.db, self.times);
        let all = || (0..times).map(|r| get(db, key(r))).collect::<Result<Vec<Item>>>();
        let rows = self.timed(|| if in_transaction { db.transaction(all) } else { all() })?;
        Ok(rows.sum())
    }

    fn filter(&mut self) -> Result<u64> {
        let (db, size, times) = (self.db, self.size, self.times);
        let (rows, count) = self.timed(|| {
            let mut rows = Vec::new();
            let mut count = 0;
            for r in 0..times {
                rows = filter(db, r, size)?;
                count += rows.len();
            }
            Ok((rows, count))
        })?;
        let sum = rows.iter().zip(1u64..).fold(0u64, |sum, (row, at)| sum.wrapping_add(row.sum().wrapping_mul(at)));
        Ok(sum.wrapping_add(ROW * count as u64))
    }

    fn stream(&mut self) -> Result<u64> {
        let (db, size, times) = (self.db, self.size, self.times);
        self.timed(|| {
            let mut total = 0;
            for _ in 0..times {
                total = 0;
                let sql = "SELECT id, a, b, c, name, note, flag, at FROM item WHERE id <= $1";
                db.each(sql, &[size as i64], |item: Item| total += item.id as u64 + item.name.len() as u64)?;
            }
            Ok(total)
        })
    }

    fn batches(&self, size: usize) -> Vec<Vec<Item>> {
        (0..self.times).map(|r| (0..size).map(|j| make_item((r * size + j + 1) as i64)).collect()).collect()
    }

    fn insert(&mut self) -> Result<u64> {
        self.empty("entry")?;
        let (db, batches) = (self.db, self.batches(self.size));
        self.timed(|| db.transaction(|| batches.iter().try_for_each(|batch| db.insert(batch))))?;
        self.written("entry")
    }

    fn transaction(&mut self) -> Result<u64> {
        self.empty("entry")?;
        let (db, batches) = (self.db, self.batches(1));
        self.timed(|| batches.iter().try_for_each(|batch| db.transaction(|| db.insert(batch))))?;
        self.written("entry")
    }

    fn update(&mut self) -> Result<u64> {
        let db = self.db;
        let rows: Vec<Item> = (1..=self.size as i64)
            .map(|i| Item { a: 2 * i as i32, c: i as f64 / 2.0, name: format!("changed {i}"), ..make_item(i) })
            .collect();
        for _ in 0..self.times {
            self.empty("entry")?;
            self.fill("entry", self.size)?;
            self.timed(|| db.transaction(|| db.update(&rows)))?;
        }
        self.written("entry")
    }

    fn upsert(&mut self) -> Result<u64> {
        let db = self.db;
        let rows: Vec<Item> = (1..=self.size as i64).map(|i| Item { a: i as i32, ..make_item(i) }).collect();
        for _ in 0..self.times {
            self.empty("slot")?;
            self.fill("slot", self.size / 2)?;
            self.timed(|| db.transaction(|| db.upsert(&rows)))?;
        }
        self.written("slot")
    }

    fn open(&mut self) -> Result<u64> {
        let (engine, url, times) = (self.engine, self.url, self.times);
        let rows =
            self.timed(|| (0..times).map(|_| get(&Database::open(engine, url)?, 1)).collect::<Result<Vec<Item>>>())?;
        Ok(rows.sum())
    }

    fn workload(&mut self, name: &str) -> Option<Result<u64>> {
        Some(match name {
            "get" => self.get(false),
            "get_tx" => self.get(true),
            "get_many" => self.repeated(get_many),
            "find" => self.repeated(find),
            "filter" => self.filter(),
            "join" => self.repeated(join),
            "children" => self.repeated(|db, _, size| children(db, size)),
            "children_joined" => self.repeated(|db, _, size| children_joined(db, size)),
            "children_lazy" => self.repeated(|db, _, size| children_lazy(db, size)),
            "levels" => self.repeated(|db, _, size| levels(db, size)),
            "many_to_many" => self.repeated(|db, _, size| many_to_many(db, size)),
            "siblings" => self.repeated(|db, _, size| siblings(db, size)),
            "tree" => self.repeated(|db, _, _| tree(db)),
            "nest" => self.repeated(|db, _, size| nest(db, size)),
            "stream" => self.stream(),
            "insert" => self.insert(),
            "transaction" => self.transaction(),
            "update" => self.update(),
            "upsert" => self.upsert(),
            "open" => self.open(),
            _ => return None,
        })
    }
}

// --- the program --------------------------------------------------------------------------------------------

fn answer(db: &Database, engine: &str, url: &str, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(0);
    let mut run =
        Run { db, engine, url, size: number(2), times: number(3), wall: Duration::ZERO, cpu: Duration::ZERO };
    match run.workload(words.get(1).unwrap_or(&"")) {
        None => "none".to_string(),
        Some(Err(failure)) => format!("error {}", failure.to_string().replace('\n', " ")),
        Some(Ok(checksum)) => format!(
            "ok {:.1} {:.1} {checksum}",
            run.wall.as_nanos() as f64 / 1000.0,
            run.cpu.as_nanos() as f64 / 1000.0
        ),
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name).expect(name);
        arguments[at + 1].clone()
    };
    let (engine, url) = (option("--engine"), option("--url"));
    let client = match engine.as_str() {
        "sqlite" => concat!("rusqlite ", env!("RUSQLITE_VERSION")),
        "postgresql" => concat!("tokio-postgres ", env!("TOKIO_POSTGRES_VERSION")),
        _ => {
            println!("none Debian has no MySQL client in Rust");
            return Ok(());
        }
    };
    let db = Database::open(&engine, &url)?;
    println!("ready {client}");
    for line in std::io::stdin().lock().lines() {
        println!("{}", answer(&db, &engine, &url, &line?));
        std::io::stdout().flush()?;
    }
    Ok(())
}
