//! The rows, how they are read from either library, and their checksums.

use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Whole microseconds on SQLite; what tokio-postgres takes for a timestamptz there.
#[derive(Clone, Copy)]
pub enum Moment {
    Micros(i64),
    Time(SystemTime),
}

impl Moment {
    pub fn sum(self) -> u64 {
        match self {
            Moment::Micros(us) => us as u64,
            Moment::Time(time) => time.duration_since(UNIX_EPOCH).unwrap().as_micros() as u64,
        }
    }

    pub fn micros(self) -> i64 {
        self.sum() as i64
    }

    pub fn time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(self.sum())
    }
}

/// A value of a column, from either library.
pub trait Value: Sized {
    fn sqlite(row: &rusqlite::Row, at: usize) -> rusqlite::Result<Self>;
    fn postgres(row: &tokio_postgres::Row, at: usize) -> Self;
}

macro_rules! values {
    ($($type:ty),*) => {
        $(impl Value for $type {
            fn sqlite(row: &rusqlite::Row, at: usize) -> rusqlite::Result<Self> {
                row.get(at)
            }
            fn postgres(row: &tokio_postgres::Row, at: usize) -> Self {
                row.get(at)
            }
        })*
    };
}

values!(i64, i32, i16, f64, bool, String, Option<String>, Option<i64>);

impl Value for Moment {
    fn sqlite(row: &rusqlite::Row, at: usize) -> rusqlite::Result<Self> {
        Ok(Moment::Micros(row.get(at)?))
    }
    fn postgres(row: &tokio_postgres::Row, at: usize) -> Self {
        Moment::Time(row.get(at))
    }
}

pub trait Row: Sized {
    const COLUMNS: &'static str;
    fn sqlite(row: &rusqlite::Row, from: usize) -> rusqlite::Result<Self>;
    fn postgres(row: &tokio_postgres::Row, from: usize) -> Self;
}

macro_rules! row {
    ($name:ident, $columns:literal, { $($at:literal $field:ident: $type:ty),* }, { $($more:ident: $other:ty),* }) => {
        pub struct $name {
            $(pub $field: $type,)*
            $(pub $more: $other,)*
        }

        impl Row for $name {
            const COLUMNS: &'static str = $columns;
            fn sqlite(row: &rusqlite::Row, from: usize) -> rusqlite::Result<Self> {
                Ok($name {
                    $($field: <$type as Value>::sqlite(row, from + $at)?,)*
                    $($more: Default::default(),)*
                })
            }
            fn postgres(row: &tokio_postgres::Row, from: usize) -> Self {
                $name {
                    $($field: <$type as Value>::postgres(row, from + $at),)*
                    $($more: Default::default(),)*
                }
            }
        }
    };
}

row!(Item, "id, a, b, c, name, note, flag, at",
    { 0 id: i64, 1 a: i32, 2 b: i64, 3 c: f64, 4 name: String, 5 note: Option<String>, 6 flag: bool, 7 at: Moment }, {});
row!(Person, "person.id, person.name, person.email, person.age, person.created",
    { 0 id: i64, 1 name: String, 2 email: Option<String>, 3 age: i16, 4 created: Moment },
    { posts: Vec<Post>, badges: Vec<Badge>, visits: Vec<Visit> });
row!(Post, "post.id, post.person_id, post.title, post.body, post.score, post.created",
    { 0 id: i64, 1 person_id: i64, 2 title: String, 3 body: String, 4 score: i32, 5 created: Moment },
    { comments: Vec<Comment>, tags: Vec<Rc<Tag>> });
row!(Comment, "id, post_id, body, score", { 0 id: i64, 1 post_id: i64, 2 body: String, 3 score: i32 }, {});
row!(Tag, "id, name", { 0 id: i64, 1 name: String }, {});
row!(Link, "post_id, tag_id", { 0 post_id: i64, 1 tag_id: i64 }, {});
row!(Badge, "id, person_id, name, level", { 0 id: i64, 1 person_id: i64, 2 name: String, 3 level: i16 }, {});
row!(Visit, "id, person_id, place, at", { 0 id: i64, 1 person_id: i64, 2 place: String, 3 at: Moment }, {});
row!(Node, "node.id, node.parent_id, node.name, node.weight",
    { 0 id: i64, 1 parent_id: Option<i64>, 2 name: String, 3 weight: i32 }, { children: Vec<Node> });

/// A row of a join.
pub struct Joined {
    pub post: Post,
    pub person: Person,
}

impl Row for Joined {
    const COLUMNS: &'static str = "";
    fn sqlite(row: &rusqlite::Row, _: usize) -> rusqlite::Result<Self> {
        Ok(Joined { post: Post::sqlite(row, 0)?, person: Person::sqlite(row, 6)? })
    }
    fn postgres(row: &tokio_postgres::Row, _: usize) -> Self {
        Joined { post: Post::postgres(row, 0), person: Person::postgres(row, 6) }
    }
}

pub fn make_item(i: i64) -> Item {
    Item {
        id: i,
        a: (i / 100) as i32,
        b: i * 7919 % 1000003,
        c: (i % 1000) as f64 / 2.0,
        name: format!("item {i}"),
        note: (i % 3 != 0).then(|| format!("note {}", i % 1000)),
        flag: i % 2 == 1,
        at: Moment::Micros(1600000000000000 + i * 1000001),
    }
}

// --- checksums ---------------------------------------------------------------------------------------

fn text(value: &str) -> u64 {
    let bytes = value.as_bytes();
    bytes.len() as u64 + 101 * bytes[0] as u64 + 103 * bytes[bytes.len() - 1] as u64
}

fn maybe(value: &Option<String>) -> u64 {
    value.as_deref().map_or(1, text)
}

/// S of the README: a row's own value, and what is loaded below it.
pub trait Sum {
    fn sum(&self) -> u64;
}

fn total<R: Sum>(rows: &[R]) -> u64 {
    rows.iter().fold(0, |sum, row| sum.wrapping_add(row.sum()))
}

impl<R: Sum> Sum for Vec<R> {
    fn sum(&self) -> u64 {
        total(self)
    }
}

impl Sum for Item {
    fn sum(&self) -> u64 {
        (self.id as u64)
            .wrapping_add(3 * self.a as u64)
            .wrapping_add(5 * self.b as u64)
            .wrapping_add((14.0 * self.c) as u64)
            .wrapping_add(11 * text(&self.name))
            .wrapping_add(13 * maybe(&self.note))
            .wrapping_add(17 * self.flag as u64)
            .wrapping_add(19u64.wrapping_mul(self.at.sum()))
    }
}

impl Person {
    pub fn own(&self) -> u64 {
        (self.id as u64 + 3 * text(&self.name) + 5 * maybe(&self.email) + 7 * self.age as u64)
            .wrapping_add(11u64.wrapping_mul(self.created.sum()))
    }
}

impl Sum for Person {
    fn sum(&self) -> u64 {
        let children = total(&self.posts)
            .wrapping_add(2 * total(&self.badges))
            .wrapping_add(3u64.wrapping_mul(total(&self.visits)));
        self.own().wrapping_add((self.id as u64).wrapping_mul(children))
    }
}

impl Sum for Post {
    fn sum(&self) -> u64 {
        let tags: u64 = self.tags.iter().map(|tag| tag.sum()).sum();
        let own = self.id as u64
            + 3 * self.person_id as u64
            + 5 * text(&self.title)
            + 7 * text(&self.body)
            + 11 * self.score as u64;
        own.wrapping_add(13u64.wrapping_mul(self.created.sum()))
            .wrapping_add((self.id as u64).wrapping_mul(tags + total(&self.comments)))
    }
}

impl Sum for Comment {
    fn sum(&self) -> u64 {
        self.id as u64 + 3 * self.post_id as u64 + 5 * text(&self.body) + 7 * self.score as u64
    }
}

impl Sum for Tag {
    fn sum(&self) -> u64 {
        self.id as u64 + 3 * text(&self.name)
    }
}

impl Sum for Badge {
    fn sum(&self) -> u64 {
        self.id as u64 + 3 * self.person_id as u64 + 5 * text(&self.name) + 7 * self.level as u64
    }
}

impl Sum for Visit {
    fn sum(&self) -> u64 {
        (self.id as u64 + 3 * self.person_id as u64 + 5 * text(&self.place))
            .wrapping_add(7u64.wrapping_mul(self.at.sum()))
    }
}

impl Sum for Node {
    fn sum(&self) -> u64 {
        let own = self.id as u64
            + 3 * self.parent_id.unwrap_or(0) as u64
            + 5 * text(&self.name)
            + 7 * self.weight as u64;
        own.wrapping_add((self.id as u64).wrapping_mul(total(&self.children)))
    }
}

impl Sum for Joined {
    fn sum(&self) -> u64 {
        self.post.sum().wrapping_add((self.post.id as u64).wrapping_mul(self.person.own()))
    }
}
