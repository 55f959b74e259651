// The tables, as drizzle describes them, for each engine by its own column types.

import { relations } from "drizzle-orm";
import * as mysql from "drizzle-orm/mysql-core";
import * as pg from "drizzle-orm/pg-core";
import * as sqlite from "drizzle-orm/sqlite-core";

const whole = (column) => (name) => column(name, { mode: "number" });
const TYPES = {
  sqlite: {
    table: sqlite.sqliteTable,
    serial: (name) => sqlite.integer(name).primaryKey({ autoIncrement: true }),
    big: sqlite.integer,
    int: sqlite.integer,
    small: sqlite.integer,
    real: sqlite.real,
    text: sqlite.text,
    bool: (name) => sqlite.integer(name, { mode: "boolean" }),
    moment: sqlite.integer,
  },
  postgresql: {
    table: pg.pgTable,
    serial: (name) => pg.bigserial(name, { mode: "number" }).primaryKey(),
    big: whole(pg.bigint),
    int: pg.integer,
    small: pg.smallint,
    real: pg.doublePrecision,
    text: (name) => pg.varchar(name, { length: 200 }),
    bool: pg.boolean,
    moment: (name) => pg.timestamp(name, { precision: 6, withTimezone: true, mode: "string" }),
  },
  mariadb: {
    table: mysql.mysqlTable,
    serial: (name) => mysql.bigint(name, { mode: "number" }).autoincrement().primaryKey(),
    big: whole(mysql.bigint),
    int: mysql.int,
    small: mysql.smallint,
    real: mysql.double,
    text: (name) => mysql.varchar(name, { length: 200 }),
    bool: mysql.boolean,
    moment: (name) => mysql.datetime(name, { fsp: 6, mode: "string" }),
  },
};

export function schemaOf(engine) {
  const { table, serial, big, int, small, real, text, bool, moment } = TYPES[engine];
  const itemColumns = () => ({
    id: big("id").primaryKey(),
    a: int("a").notNull(),
    b: big("b").notNull(),
    c: real("c").notNull(),
    name: text("name").notNull(),
    note: text("note"),
    flag: bool("flag").notNull(),
    at: moment("at").notNull(),
  });
  const item = table("item", itemColumns());
  // The engine gives the id; drizzle must not ask for one.
  const entry = table("entry", { ...itemColumns(), id: serial("id") });
  const slot = table("slot", itemColumns());
  const person = table("person", {
    id: big("id").primaryKey(),
    name: text("name").notNull(),
    email: text("email"),
    age: small("age").notNull(),
    created: moment("created").notNull(),
  });
  const post = table("post", {
    id: big("id").primaryKey(),
    personId: big("person_id").notNull(),
    title: text("title").notNull(),
    body: text("body").notNull(),
    score: int("score").notNull(),
    created: moment("created").notNull(),
  });
  const comment = table("comment", {
    id: big("id").primaryKey(),
    postId: big("post_id").notNull(),
    body: text("body").notNull(),
    score: int("score").notNull(),
  });
  const tag = table("tag", { id: big("id").primaryKey(), name: text("name").notNull() });
  const postTag = table("post_tag", { postId: big("post_id").notNull(), tagId: big("tag_id").notNull() });
  const badge = table("badge", {
    id: big("id").primaryKey(),
    personId: big("person_id").notNull(),
    name: text("name").notNull(),
    level: small("level").notNull(),
  });
  const visit = table("visit", {
    id: big("id").primaryKey(),
    personId: big("person_id").notNull(),
    place: text("place").notNull(),
    at: moment("at").notNull(),
  });
  const node = table("node", {
    id: big("id").primaryKey(),
    parentId: big("parent_id"),
    name: text("name").notNull(),
    weight: int("weight").notNull(),
  });

  return {
    ...{ item, entry, slot, person, post, comment, tag, postTag, badge, visit, node },
    personRelations: relations(person, ({ many }) => ({ posts: many(post), badges: many(badge), visits: many(visit) })),
    postRelations: relations(post, ({ one, many }) => ({
      person: one(person, { fields: [post.personId], references: [person.id] }),
      comments: many(comment),
      postTags: many(postTag),
    })),
    commentRelations: relations(comment, ({ one }) => ({
      post: one(post, { fields: [comment.postId], references: [post.id] }),
    })),
    postTagRelations: relations(postTag, ({ one }) => ({
      post: one(post, { fields: [postTag.postId], references: [post.id] }),
      tag: one(tag, { fields: [postTag.tagId], references: [tag.id] }),
    })),
    badgeRelations: relations(badge, ({ one }) => ({
      person: one(person, { fields: [badge.personId], references: [person.id] }),
    })),
    visitRelations: relations(visit, ({ one }) => ({
      person: one(person, { fields: [visit.personId], references: [person.id] }),
    })),
    nodeRelations: relations(node, ({ one, many }) => ({
      parent: one(node, { fields: [node.parentId], references: [node.id], relationName: "tree" }),
      children: many(node, { relationName: "tree" }),
    })),
  };
}
