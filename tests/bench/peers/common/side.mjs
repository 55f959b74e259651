// What the peers in JavaScript share: the protocol, the clock, the rows' checksums.
//
// A peer is an object with a method for each work that its library can do; what it lacks is answered
// with `none`. Methods may return promises. Rows are objects with the columns' names; a timestamp is
// whole microseconds on SQLite and a text in UTC on the servers, as a Date has only milliseconds.

import { createInterface } from "node:readline";

const MASK = (1n << 64n) - 1n;

// --- the data --------------------------------------------------------------------------------------

export const key = (r) => ((r * 7919) % 10000) + 1;
export const low = (r) => (r % 100) + 1;

function two(number) {
  return String(number).padStart(2, "0");
}

function moment(engine, us) {
  if (engine === "sqlite") return us;
  const date = new Date(Math.floor(us / 1000));
  return (
    `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())} ` +
    `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}.` +
    String(us % 1000000).padStart(6, "0") +
    (engine === "postgresql" ? "+00" : "")
  );
}

export function itemValues(engine, i) {
  return {
    a: Math.floor(i / 100),
    b: (i * 7919) % 1000003,
    c: (i % 1000) / 2,
    name: `item ${i}`,
    note: i % 3 ? `note ${i % 1000}` : null,
    flag: i % 2 === 1,
    at: moment(engine, 1600000000000000 + i * 1000001),
  };
}

export const range = (first, count, make) => Array.from({ length: count }, (_, j) => make(first + j));

// --- the checksum -------------------------------------------------------------------------------------

function text(value) {
  if (value === null) return 1n;
  return BigInt(value.length + 101 * value.charCodeAt(0) + 103 * value.charCodeAt(value.length - 1));
}

// "2020-09-13 12:26:41.000001+00", "2020-09-13T12:26:41.000001+00:00" or "2020-09-13 12:26:41.000001"
function micros(value) {
  if (typeof value === "number") return BigInt(value);
  const milliseconds = Date.parse(value.slice(0, 10) + "T" + value.slice(11, 19) + "Z");
  const fraction = /\.(\d+)/.exec(value);
  return BigInt(milliseconds) * 1000n + BigInt((fraction ? fraction[1] : "0").padEnd(6, "0"));
}

const n = (value) => BigInt(value);
export const item = (r) =>
  n(r.id) + 3n * n(r.a) + 5n * n(r.b) + n(14 * r.c) + 11n * text(r.name) + 13n * text(r.note) + 17n * n(r.flag) +
  19n * micros(r.at);
const person = (r) => n(r.id) + 3n * text(r.name) + 5n * text(r.email) + 7n * n(r.age) + 11n * micros(r.created);
const post = (r) =>
  n(r.id) + 3n * n(r.personId) + 5n * text(r.title) + 7n * text(r.body) + 11n * n(r.score) + 13n * micros(r.created);
const comment = (r) => n(r.id) + 3n * n(r.postId) + 5n * text(r.body) + 7n * n(r.score);
const tag = (r) => n(r.id) + 3n * text(r.name);
const badge = (r) => n(r.id) + 3n * n(r.personId) + 5n * text(r.name) + 7n * n(r.level);
const visit = (r) => n(r.id) + 3n * n(r.personId) + 5n * text(r.place) + 7n * micros(r.at);

const sum = (rows, value) => rows.reduce((total, row) => total + value(row), 0n);
const withPosts = (r) => person(r) + n(r.id) * sum(r.posts, post);
const withComments = (r) => post(r) + n(r.id) * sum(r.comments, comment);
const withLevels = (r) => person(r) + n(r.id) * sum(r.posts, withComments);
const withTags = (r) => post(r) + n(r.id) * sum(r.tags, tag);
const withSiblings = (r) =>
  person(r) + n(r.id) * (sum(r.posts, post) + 2n * sum(r.badges, badge) + 3n * sum(r.visits, visit));
const withPerson = (r) => post(r.post) + n(r.post.id) * person(r.person);
const node = (r) =>
  n(r.id) + 3n * n(r.parentId ?? 0) + 5n * text(r.name) + 7n * n(r.weight) + n(r.id) * sum(r.children ?? [], node);

// --- the clock -----------------------------------------------------------------------------------------

class Clock {
  wall = 0n;
  cpu = 0;

  async time(work) {
    const cpu = process.cpuUsage();
    const start = process.hrtime.bigint();
    const result = await work();
    this.wall += process.hrtime.bigint() - start;
    const used = process.cpuUsage(cpu);
    this.cpu += used.user + used.system;
    return result;
  }
}

// --- what lies outside of the clock: side.sql(text) runs a statement and returns its first value, if it has one -------

async function checkpoint(side) {
  if (side.engine === "sqlite") await side.sql("PRAGMA wal_checkpoint(TRUNCATE)");
}

async function empty(side, table) {
  await side.sql((side.engine === "sqlite" ? "DELETE FROM " : "TRUNCATE TABLE ") + table);
  await checkpoint(side);
}

async function fill(side, table, count) {
  await side.sql(`INSERT INTO ${table} SELECT * FROM item WHERE id <= ${count}`);
  await checkpoint(side);
}

async function written(side, table) {
  const value = await side.sql(
    "SELECT SUM(1 + 3*a + 5*b + 14*c + 11*LENGTH(name) + 13*COALESCE(LENGTH(note), 1)" +
      ` + CASE WHEN flag THEN 17 ELSE 0 END) AS w FROM ${table}`,
  );
  return BigInt(Math.round(Number(value ?? 0)));
}

// --- the workloads: each is given the side, SIZE, TIMES and the clock, and returns the checksum ---------------------

const repeated = (load, value) => async (side, size, times, clock) => {
  let count = 0;
  const rows = await clock.time(async () => {
    let rows;
    for (let r = 0; r < times; r++) {
      rows = await load(side, r, size);
      count += rows.length;
    }
    return rows;
  });
  return sum(rows, value) + 1000003n * BigInt(count);
};

async function gets(side, times) {
  const rows = [];
  for (let r = 0; r < times; r++) rows.push(await side.get(key(r)));
  return rows;
}

async function get(side, _size, times, clock) {
  return sum(await clock.time(() => gets(side, times)), item);
}

async function getTx(side, _size, times, clock) {
  return sum(await clock.time(() => side.reading(range(0, times, key))), item);
}

async function filter(side, size, times, clock) {
  let position = 0;
  return repeated(
    (side, r, size) => ((position = 0), side.filter((r % 100) + 10, size)),
    (row) => item(row) * BigInt(++position),
  )(side, size, times, clock);
}

async function stream(side, size, times, clock) {
  return clock.time(async () => {
    let total = 0;
    for (let r = 0; r < times; r++) {
      total = 0;
      for await (const row of side.stream(size)) total += row.id + row.name.length;
    }
    return BigInt(total);
  });
}

const entries = (side, first, count) => range(first, count, (i) => itemValues(side.engine, i));

async function insert(side, size, times, clock) {
  await empty(side, "entry");
  const batches = range(0, times, (r) => entries(side, r * size + 1, size));
  await clock.time(() => side.insert(batches));
  return written(side, "entry");
}

async function transaction(side, _size, times, clock) {
  await empty(side, "entry");
  const batches = range(0, times, (r) => entries(side, r + 1, 1));
  await clock.time(async () => {
    for (const batch of batches) await side.insert([batch]);
  });
  return written(side, "entry");
}

async function update(side, size, times, clock) {
  const rows = range(1, size, (i) => ({ id: i, a: 2 * i, c: i / 2, name: `changed ${i}` }));
  for (let r = 0; r < times; r++) {
    await empty(side, "entry");
    await fill(side, "entry", size);
    await clock.time(() => side.update(rows));
  }
  return written(side, "entry");
}

async function upsert(side, size, times, clock) {
  const rows = range(1, size, (i) => ({ ...itemValues(side.engine, i), id: i, a: i }));
  for (let r = 0; r < times; r++) {
    await empty(side, "slot");
    await fill(side, "slot", size >> 1);
    await clock.time(() => side.upsert(rows));
  }
  return written(side, "slot");
}

// There is one thread: SIZE tasks take turns at the connections.
async function threads(side, size, times, clock) {
  const pool = await side.pool();
  await empty(side, "entry");
  const rows = entries(side, 1, size * times);
  let count = 0;
  async function task(t) {
    for (let turn = t * times; turn < (t + 1) * times; turn++) {
      const found = [];
      for (let n = 0; n < 8; n++) found.push([await pool.get(key(turn * 8 + n))]);
      for (let n = 0; n < 2; n++) found.push(await pool.find(low(turn + n), low(turn + n) + 10));
      found.push(await pool.children(10));
      await pool.insertOne(rows[turn]);
      for (const rows of found) count += rows.length;
    }
  }
  await clock.time(() => Promise.all(range(0, size, task)));
  return BigInt(count) + (await written(side, "entry"));
}

async function open(side, _size, times, clock) {
  const rows = await clock.time(async () => {
    const rows = [];
    for (let r = 0; r < times; r++) rows.push(await side.openAndGet());
    return rows;
  });
  return sum(rows, item);
}

// name: [the method that the library must have, the work]
const WORKLOADS = {
  get: ["get", get],
  get_tx: ["reading", getTx],
  get_many: ["getMany", repeated((s, r, n) => s.getMany(range(r * n, n, key)), item)],
  find: ["find", repeated((s, r, n) => s.find(low(r), low(r) + n), item)],
  filter: ["filter", filter],
  join: ["join", repeated((s, r, n) => s.join(low(r), low(r) + n), withPerson)],
  children: ["children", repeated((s, _, n) => s.children(n), withPosts)],
  children_joined: ["childrenJoined", repeated((s, _, n) => s.childrenJoined(n), withPosts)],
  children_lazy: ["childrenLazy", repeated((s, _, n) => s.childrenLazy(n), withPosts)],
  levels: ["levels", repeated((s, _, n) => s.levels(n), withLevels)],
  many_to_many: ["manyToMany", repeated((s, _, n) => s.manyToMany(n), withTags)],
  siblings: ["siblings", repeated((s, _, n) => s.siblings(n), withSiblings)],
  tree: ["tree", repeated(async (s) => [await s.tree()], node)],
  nest: ["nest", repeated((s, _, n) => s.nest(n), node)],
  stream: ["stream", stream],
  insert: ["insert", insert],
  transaction: ["insert", transaction],
  update: ["update", update],
  upsert: ["upsert", upsert],
  threads: ["pool", threads],
  open: ["openAndGet", open],
};

// --- the program ----------------------------------------------------------------------------------------------

// { file } or { user, password, host, port, database }; host is a folder or a socket where it begins with /
export function parse(engine, url) {
  if (engine === "sqlite") return { file: url.slice("sqlite:".length) };
  const [, user, password, host, port, database, option] =
    /^\w+:\/\/([^:]*):([^@]*)@([^:/]*):?(\d*)\/([^?]*)(?:\?\w+=(.*))?$/.exec(url);
  return {
    user: decodeURIComponent(user),
    password: decodeURIComponent(password),
    host: option ? decodeURIComponent(option) : host,
    port: port ? Number(port) : undefined,
    database,
  };
}

async function answer(side, line) {
  const [, name, size, times] = line.split(" ");
  const [needs, work] = WORKLOADS[name] ?? [];
  if (!needs || !side[needs]) return "none";
  const clock = new Clock();
  try {
    const checksum = await work(side, Number(size), Number(times), clock);
    return `ok ${(Number(clock.wall) / 1000).toFixed(1)} ${clock.cpu.toFixed(1)} ${checksum & MASK}`;
  } catch (failure) {
    return "error " + String(failure.cause ?? failure).replaceAll("\n", " ").slice(0, 400);
  }
}

// make(engine, place) returns the side, which has name, version and engine besides its methods.
export async function main(make) {
  const option = (name) => process.argv[process.argv.indexOf(name) + 1];
  const engine = option("--engine");
  const side = await make(engine, parse(engine, option("--url")));
  console.log(`ready ${side.name} ${side.version}`);
  for await (const line of createInterface({ input: process.stdin })) console.log(await answer(side, line));
  process.exit(0);
}
