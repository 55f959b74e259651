"""SQLAlchemy: objects by the ORM's select, writes of many rows by Core's executemany, as its
manual advises for them ("Performance", "Working with ORM-enabled bulk operations")."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Session, declarative_base, joinedload, relationship, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.pool import QueuePool

import side

Base = declarative_base()
Moment = (
    sa.BigInteger()
    .with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    .with_variant(mysql.DATETIME(fsp=6), "mysql")
)


class ItemColumns:
    id = sa.Column(sa.BigInteger, primary_key=True)
    a = sa.Column(sa.Integer)
    b = sa.Column(sa.BigInteger)
    c = sa.Column(sa.Float)
    name = sa.Column(sa.String(100))
    note = sa.Column(sa.String(100))
    flag = sa.Column(sa.Boolean)
    at = sa.Column(Moment)


class Item(ItemColumns, Base):
    __tablename__ = "item"


class Entry(ItemColumns, Base):
    __tablename__ = "entry"


class Slot(ItemColumns, Base):
    __tablename__ = "slot"


class Person(Base):
    __tablename__ = "person"
    id = sa.Column(sa.BigInteger, primary_key=True)
    name = sa.Column(sa.String(100))
    email = sa.Column(sa.String(100))
    age = sa.Column(sa.SmallInteger)
    created = sa.Column(Moment)
    posts = relationship("Post", back_populates="person")
    badges = relationship("Badge")
    visits = relationship("Visit")


post_tag = sa.Table(
    "post_tag",
    Base.metadata,
    sa.Column("post_id", sa.ForeignKey("post.id"), primary_key=True),
    sa.Column("tag_id", sa.ForeignKey("tag.id"), primary_key=True),
)


class Post(Base):
    __tablename__ = "post"
    id = sa.Column(sa.BigInteger, primary_key=True)
    person_id = sa.Column(sa.ForeignKey("person.id"))
    title = sa.Column(sa.String(100))
    body = sa.Column(sa.String(200))
    score = sa.Column(sa.Integer)
    created = sa.Column(Moment)
    person = relationship("Person", back_populates="posts")
    comments = relationship("Comment")
    tags = relationship("Tag", secondary=post_tag)


class Comment(Base):
    __tablename__ = "comment"
    id = sa.Column(sa.BigInteger, primary_key=True)
    post_id = sa.Column(sa.ForeignKey("post.id"))
    body = sa.Column(sa.String(200))
    score = sa.Column(sa.Integer)


class Tag(Base):
    __tablename__ = "tag"
    id = sa.Column(sa.BigInteger, primary_key=True)
    name = sa.Column(sa.String(50))


class Badge(Base):
    __tablename__ = "badge"
    id = sa.Column(sa.BigInteger, primary_key=True)
    person_id = sa.Column(sa.ForeignKey("person.id"))
    name = sa.Column(sa.String(50))
    level = sa.Column(sa.SmallInteger)


class Visit(Base):
    __tablename__ = "visit"
    id = sa.Column(sa.BigInteger, primary_key=True)
    person_id = sa.Column(sa.ForeignKey("person.id"))
    place = sa.Column(sa.String(50))
    at = sa.Column(Moment)


class Node(Base):
    __tablename__ = "node"
    id = sa.Column(sa.BigInteger, primary_key=True)
    parent_id = sa.Column(sa.ForeignKey("node.id"))
    name = sa.Column(sa.String(50))
    weight = sa.Column(sa.Integer)
    children = relationship("Node")


def url_of(engine, where):
    if engine == "sqlite":
        return sa.engine.URL.create("sqlite", database=where["file"])
    query = {}
    if where["folder"]:
        query["host"] = where["folder"]
    if where["socket"]:
        query["unix_socket"] = where["socket"]
    if engine == "mariadb":
        query["charset"] = "utf8mb4"
    return sa.engine.URL.create(
        {"postgresql": "postgresql+psycopg2", "mariadb": "mysql+mysqldb"}[engine],
        username=where["user"],
        password=where["password"],
        host=None if where["folder"] or where["socket"] else where["host"],
        port=where["port"],
        database=where["database"],
        query=query,
    )


def prepare_sqlite(connection, _record):
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def own_begin(connection, _record):
    connection.isolation_level = None


def begin(connection):
    connection.exec_driver_sql("BEGIN")


def make_engine(engine, where, **options):
    if engine == "sqlite":
        options["connect_args"] = {"check_same_thread": False}
    if engine == "postgresql":
        options["executemany_mode"] = "values_plus_batch"
        options["connect_args"] = {"options": "-c timezone=UTC"}
    made = sa.create_engine(url_of(engine, where), future=True, poolclass=QueuePool, **options)
    if engine == "sqlite":
        event.listen(made, "connect", prepare_sqlite)
    return made


def upsert_of(engine):
    """INSERT ... ON CONFLICT in the dialect's own spelling."""
    table = Slot.__table__
    others = [column.name for column in table.columns if column.name != "id"]
    if engine == "mariadb":
        insert = mysql.insert(table)
        return insert.on_duplicate_key_update({name: insert.inserted[name] for name in others})
    insert = {"sqlite": sqlite, "postgresql": postgresql}[engine].insert(table)
    return insert.on_conflict_do_update(
        index_elements=["id"], set_={name: insert.excluded[name] for name in others}
    )


class Reads:
    """The loads, on one connection and in one session, which each call finds empty."""

    def __init__(self, connection):
        self.connection = connection
        self.session = Session(connection, future=True)

    def fresh(self):
        self.session.expunge_all()
        return self.session

    def rows(self, statement):
        return self.fresh().execute(statement).scalars().all()

    def get(self, id):
        return self.fresh().get(Item, id)

    def get_many(self, ids):
        return self.rows(sa.select(Item).where(Item.id.in_(ids)))

    def find(self, lo, hi):
        return self.rows(sa.select(Item).where(Item.id >= lo, Item.id < hi))

    def filter(self, a, limit):
        return self.rows(
            sa.select(Item)
            .where(Item.a == a, Item.flag.is_(True), Item.c >= 10)
            .order_by(Item.b.desc(), Item.id)
            .limit(limit)
        )

    def join(self, lo, hi):
        return self.rows(sa.select(Post).where(Post.id >= lo, Post.id < hi).options(joinedload(Post.person)))

    def persons(self, count, *options):
        return self.rows(sa.select(Person).where(Person.id <= count).options(*options))

    def children(self, count):
        return self.persons(count, selectinload(Person.posts))

    def children_joined(self, count):
        session = self.fresh()
        statement = sa.select(Person).where(Person.id <= count).options(joinedload(Person.posts))
        return session.execute(statement).unique().scalars().all()

    def children_lazy(self, count):
        session = self.fresh()
        persons = session.execute(sa.select(Person).where(Person.id <= count)).scalars().all()
        for person in persons:
            len(person.posts)
        return persons

    def levels(self, count):
        return self.persons(count, selectinload(Person.posts).selectinload(Post.comments))

    def many_to_many(self, count):
        return self.rows(sa.select(Post).where(Post.id <= count).options(selectinload(Post.tags)))

    def siblings(self, count):
        return self.persons(
            count, selectinload(Person.posts), selectinload(Person.badges), selectinload(Person.visits)
        )

    def tree(self):
        """A recursive common table expression, as the manual has it for trees; the children are set by hand."""
        below = sa.select(Node.id).where(Node.id == 1).cte(recursive=True)
        below = below.union_all(sa.select(Node.id).join(below, Node.parent_id == below.c.id))
        nodes = self.rows(sa.select(Node).join(below, Node.id == below.c.id))
        children = {node.id: [] for node in nodes}
        for node in nodes:
            if node.id == 1:
                root = node
            else:
                children[node.parent_id].append(node)
        for node in nodes:
            set_committed_value(node, "children", children[node.id])
        return root

    def nest(self, depth):
        load = selectinload(Node.children)
        for _ in range(depth - 1):
            load = load.selectinload(Node.children)
        return self.rows(sa.select(Node).where(Node.id.between(2, 5)).options(load))

    def insert(self, rows):
        self.connection.execute(sa.insert(Entry), rows)


class Writes(Reads):
    update_statement = (
        sa.update(Entry.__table__)
        .where(Entry.__table__.c.id == sa.bindparam("key"))
        .values({name: sa.bindparam("new_" + name) for name in ("a", "c", "name")})
    )

    def __init__(self, connection, upsert_statement):
        super().__init__(connection)
        self.upsert_statement = upsert_statement

    def update(self, rows):
        self.connection.execute(self.update_statement, rows)

    def upsert(self, rows):
        self.connection.execute(self.upsert_statement, rows)


class SQLAlchemy(Reads):
    name = "SQLAlchemy"
    version = sa.__version__

    def __init__(self, engine, where):
        self.engine = engine
        self.where = where
        self.moment = side.moment_of(engine)
        self.automatic = make_engine(engine, where, isolation_level="AUTOCOMMIT", pool_size=5, max_overflow=0)
        self.transactional = make_engine(engine, where)
        if engine == "sqlite":
            event.listen(self.transactional, "connect", own_begin)
            event.listen(self.transactional, "begin", begin)
        self.upsert_statement = upsert_of(engine)
        self.writer = self.transactional.connect()
        self.pool = make_engine(engine, where, isolation_level="AUTOCOMMIT", pool_size=4, max_overflow=0)
        super().__init__(self.automatic.connect())

    @contextlib.contextmanager
    def writing(self):
        with self.writer.begin():
            yield Writes(self.writer, self.upsert_statement)

    reading = writing

    def stream(self, count):
        """By a cursor of the server; on PostgreSQL that needs a transaction."""
        statement = sa.select(Item).where(Item.id <= count)
        with self.writer.begin():
            session = Session(self.writer, future=True)
            yield from session.execute(statement, execution_options={"yield_per": 1000, "stream_results": True}).scalars()

    @contextlib.contextmanager
    def leased(self):
        with self.pool.connect() as connection:
            yield Reads(connection)

    def open_and_get(self):
        connection = self.automatic.connect()
        try:
            return Reads(connection).get(1)
        finally:
            connection.invalidate()
            connection.close()

    def sql(self, statement):
        result = self.connection.exec_driver_sql(statement)
        return result.scalar() if result.returns_rows else None

    def entries(self, first, count):
        return [side.item_values(i, self.moment) for i in range(first, first + count)]

    def changes(self, rows):
        return [{"key": row["id"], **{"new_" + name: row[name] for name in ("a", "c", "name")}} for row in rows]

    def slots(self, rows):
        return rows

    def posts_of(self, row):
        return row.posts

    def comments_of(self, row):
        return row.comments

    def tags_of(self, row):
        return row.tags

    def badges_of(self, row):
        return row.badges

    def visits_of(self, row):
        return row.visits

    def children_of(self, row):
        return row.__dict__.get("children", ())


side.main(SQLAlchemy)
