// drizzle-orm on better-sqlite3, node-postgres and mysql2: prepared queries with placeholders, relational
// queries for what is loaded with its relations, values([...]) for many rows.

import { readFileSync } from "node:fs";
import { and, asc, between, desc, eq, gte, inArray, lt, lte, sql } from "drizzle-orm";

import { main } from "./side.mjs";
import { schemaOf } from "./schema.mjs";

const version = JSON.parse(readFileSync(new URL("./package.json", import.meta.url))).dependencies["drizzle-orm"];
const ROWS_AT_ONCE = 1000;

// --- connections: { db, sql(text), close() } ------------------------------------------------------------

async function openSqlite(place, schema) {
  const { default: Database } = await import("better-sqlite3");
  const { drizzle } = await import("drizzle-orm/better-sqlite3");
  const client = new Database(place.file);
  client.pragma("foreign_keys = ON");
  client.pragma("synchronous = FULL");
  return {
    db: drizzle(client, { schema }),
    sql: (text) => {
      const statement = client.prepare(text);
      if (!statement.reader) return void statement.run();
      const row = statement.get();
      return row && Object.values(row)[0];
    },
    close: () => client.close(),
  };
}

async function openPostgresql(place, schema, size = 1) {
  const { default: pg } = await import("pg");
  const { drizzle } = await import("drizzle-orm/node-postgres");
  const options = { ...place, options: "-c timezone=UTC" };
  const client = size > 1 ? new pg.Pool({ ...options, max: size }) : new pg.Client(options);
  if (size === 1) await client.connect();
  return {
    db: drizzle(client, { schema }),
    sql: async (text) => {
      const { rows } = await client.query(text);
      return rows.length ? Object.values(rows[0])[0] : undefined;
    },
    close: () => client.end(),
  };
}

async function openMariadb(place, schema, size = 1) {
  const { default: mysql } = await import("mysql2/promise");
  const { drizzle } = await import("drizzle-orm/mysql2");
  const { host, ...rest } = place;
  const options = { ...rest, ...(host.startsWith("/") ? { socketPath: host } : { host }), timezone: "Z" };
  const client =
    size > 1 ? mysql.createPool({ ...options, connectionLimit: size }) : await mysql.createConnection(options);
  return {
    db: drizzle(client, { schema, mode: "planetscale" }), // MariaDB has no lateral joins
    sql: async (text) => {
      const [rows] = await client.query(text);
      return Array.isArray(rows) && rows.length ? Object.values(rows[0])[0] : undefined;
    },
    close: () => client.end(),
  };
}

const OPEN = { sqlite: openSqlite, postgresql: openPostgresql, mariadb: openMariadb };

// --- the queries that are prepared once -----------------------------------------------------------------------

const mark = (name) => sql.placeholder(name);

function prepare(db, engine, { item, person, post, entry, slot }) {
  const named = (name, query) => query.prepare(name);
  const upTo = (table) => lte(table.id, mark("last"));
  return {
    get: named("get", db.select().from(item).where(eq(item.id, mark("id")))),
    find: named("find", db.select().from(item).where(and(gte(item.id, mark("lo")), lt(item.id, mark("hi"))))),
    filter: named(
      "filter",
      db
        .select()
        .from(item)
        .where(and(eq(item.a, mark("a")), eq(item.flag, true), gte(item.c, 10)))
        .orderBy(desc(item.b), asc(item.id))
        .limit(mark("limit")),
    ),
    join: named(
      "join",
      db
        .select()
        .from(post)
        .leftJoin(person, eq(person.id, post.personId))
        .where(and(gte(post.id, mark("lo")), lt(post.id, mark("hi")))),
    ),
    persons: named("persons", db.select().from(person).where(upTo(person))),
    posts: named("posts", db.select().from(post).where(eq(post.personId, mark("person")))),
    personsAndPosts: named(
      "persons_and_posts",
      db.select().from(person).leftJoin(post, eq(post.personId, person.id)).where(upTo(person)),
    ),
    children: named("children", db.query.person.findMany({ where: upTo(person), with: { posts: true } })),
    levels: named(
      "levels",
      db.query.person.findMany({ where: upTo(person), with: { posts: { with: { comments: true } } } }),
    ),
    ...(engine === "mariadb"
      ? { postsUpTo: named("posts_up_to", db.select().from(post).where(upTo(post))) }
      : {
          manyToMany: named(
            "many_to_many",
            db.query.post.findMany({ where: upTo(post), with: { postTags: { columns: {}, with: { tag: true } } } }),
          ),
        }),
    siblings: named(
      "siblings",
      db.query.person.findMany({ where: upTo(person), with: { posts: true, badges: true, visits: true } }),
    ),
    insert: named("insert", db.insert(entry).values(columns())),
    upsert: named("upsert", upsertOf(db, engine, slot, { id: mark("id"), ...columns() })),
    update: named(
      "update",
      db
        .update(entry)
        .set({ a: sql`${mark("a")}`, c: sql`${mark("c")}`, name: sql`${mark("name")}` })
        .where(eq(entry.id, mark("id"))),
    ),
  };
}

const NAMES = ["a", "b", "c", "name", "note", "flag", "at"];
const columns = () => Object.fromEntries(NAMES.map((name) => [name, mark(name)]));

function upsertOf(db, engine, slot, rows) {
  const given = (name) => sql.raw(engine === "mariadb" ? `values(${name})` : `excluded.${name}`);
  const set = Object.fromEntries(NAMES.map((name) => [name, given(name)]));
  const query = db.insert(slot).values(rows);
  return engine === "mariadb" ? query.onDuplicateKeyUpdate({ set }) : query.onConflictDoUpdate({ target: slot.id, set });
}

const TREE = (parentId) => sql`WITH RECURSIVE below (id) AS (SELECT id FROM node WHERE id = 1
  UNION ALL SELECT node.id FROM node JOIN below ON node.parent_id = below.id)
  SELECT node.id, parent_id AS ${sql.identifier(parentId)}, name, weight FROM node JOIN below ON node.id = below.id`;

// --- a side -----------------------------------------------------------------------------------------------------

const first = async (query) => (await query)[0];
const nested = (depth) => (depth ? { with: { children: nested(depth - 1) } } : true);

function loadsOf(engine, { item, node, postTag, tag }, { db }, prepared) {
  // Relational queries over a link table are refused by MariaDB.
  async function tagged(posts) {
    const byId = new Map(posts.map((post) => [post.id, Object.assign(post, { tags: [] })]));
    const links = await db
      .select()
      .from(postTag)
      .innerJoin(tag, eq(tag.id, postTag.tagId))
      .where(inArray(postTag.postId, [...byId.keys()]));
    for (const { post_tag: link, tag } of links) byId.get(link.postId).tags.push(tag);
    return posts;
  }

  return {
    get: (id) => first(prepared.get.execute({ id })),
    getMany: (ids) => db.select().from(item).where(inArray(item.id, ids)),
    find: (lo, hi) => prepared.find.execute({ lo, hi }),
    filter: (a, limit) => prepared.filter.execute({ a, limit }),
    join: (lo, hi) => prepared.join.execute({ lo, hi }),
    children: (last) => prepared.children.execute({ last }),
    childrenJoined: async (last) => {
      const persons = new Map();
      for (const { person, post } of await prepared.personsAndPosts.execute({ last })) {
        let owner = persons.get(person.id);
        if (!owner) persons.set(person.id, (owner = { ...person, posts: [] }));
        if (post) owner.posts.push(post);
      }
      return [...persons.values()];
    },
    childrenLazy: async (last) => {
      const persons = await prepared.persons.execute({ last });
      for (const person of persons) person.posts = await prepared.posts.execute({ person: person.id });
      return persons;
    },
    levels: (last) => prepared.levels.execute({ last }),
    manyToMany: async (last) => {
      if (engine === "mariadb") return tagged(await prepared.postsUpTo.execute({ last }));
      const posts = await prepared.manyToMany.execute({ last });
      for (const post of posts) post.tags = post.postTags.map((link) => link.tag);
      return posts;
    },
    siblings: (last) => prepared.siblings.execute({ last }),
    tree: async () => {
      const tree = TREE("parentId");
      const result = await (engine === "sqlite" ? db.all(tree) : db.execute(tree));
      const rows = engine === "sqlite" ? result : engine === "mariadb" ? result[0] : result.rows;
      const byId = new Map(rows.map((row) => [Number(row.id), { ...row, children: [] }]));
      for (const row of byId.values()) byId.get(Number(row.parentId))?.children.push(row);
      return byId.get(1);
    },
    nest: (depth) => db.query.node.findMany({ where: between(node.id, 2, 5), ...nested(depth) }),
    // Only mysql2's queries can be read row by row through drizzle.
    stream: engine === "mariadb" && ((last) => db.select().from(item).where(lte(item.id, last)).iterator()),
  };
}

function writesOf(engine, { entry, slot }, { db }, prepared) {
  // All on one connection, so what was prepared on it works in its transactions too.
  const inTransaction = (steps) =>
    db.transaction(async () => {
      for (const step of steps()) await step;
    });
  // Those of better-sqlite3 are not asynchronous; a prepared statement for each row is its fastest way.
  const sync = engine === "sqlite";
  const runAll = (query, rows) => db.transaction(() => rows.forEach((row) => query.run(row)));

  function* chunks(rows) {
    for (let i = 0; i < rows.length; i += ROWS_AT_ONCE) yield rows.slice(i, i + ROWS_AT_ONCE);
  }

  function* inserts(batches) {
    for (const rows of batches)
      if (rows.length === 1) yield prepared.insert.execute(rows[0]);
      else for (const some of chunks(rows)) yield db.insert(entry).values(some);
  }

  function* upserts(rows) {
    for (const some of chunks(rows)) yield upsertOf(db, engine, slot, some);
  }

  function* each(query, rows) {
    for (const row of rows) yield query.execute(row);
  }

  return {
    reading: async (ids) => {
      if (sync) return db.transaction(() => ids.map((id) => prepared.get.get({ id })));
      const rows = [];
      await db.transaction(async () => {
        for (const id of ids) rows.push(await first(prepared.get.execute({ id })));
      });
      return rows;
    },
    insert: (batches) => (sync ? runAll(prepared.insert, batches.flat()) : inTransaction(() => inserts(batches))),
    insertOne: (row) => prepared.insert.execute(row),
    update: (rows) => (sync ? runAll(prepared.update, rows) : inTransaction(() => each(prepared.update, rows))),
    upsert: (rows) => (sync ? runAll(prepared.upsert, rows) : inTransaction(() => upserts(rows))),
  };
}

function sideOf(engine, place, schema, connection) {
  const prepared = prepare(connection.db, engine, schema);
  return {
    name: "drizzle",
    version,
    engine,
    sql: connection.sql,
    ...loadsOf(engine, schema, connection, prepared),
    ...writesOf(engine, schema, connection, prepared),
    openAndGet: async () => {
      const other = await OPEN[engine](place, schema);
      const row = await first(other.db.select().from(schema.item).where(eq(schema.item.id, 1)));
      await other.close();
      return row;
    },
  };
}

let pool;

main(async (engine, place) => {
  const schema = schemaOf(engine);
  const side = sideOf(engine, place, schema, await OPEN[engine](place, schema));
  if (engine !== "sqlite")
    side.pool = async () => (pool ??= sideOf(engine, place, schema, await OPEN[engine](place, schema, 4)));
  return side;
});
