"""What the peers in Python share: the protocol, the clock, the rows' checksums.

A peer is a class with a method for each work that its library can do, called as the workloads
in README.md of the benchmark describe them, and main(Class). A method it lacks is answered with
`none`. Its rows are objects with the columns' and the relations' names.
"""

import datetime
import sys
import threading
import time
import urllib.parse

MASK = (1 << 64) - 1
ROW = 1000003
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)


class Refused(Exception):
    """The library cannot do this engine."""


# --- the data ----------------------------------------------------------------------------------


def key(r):
    return r * 7919 % 10000 + 1


def low(r):
    return r % 100 + 1


def item_values(i, moment):
    """The columns of item i but its id; `moment` makes of microseconds what the library takes."""
    return {
        "a": i // 100,
        "b": i * 7919 % 1000003,
        "c": (i % 1000) / 2.0,
        "name": f"item {i}",
        "note": f"note {i % 1000}" if i % 3 else None,
        "flag": i % 2 == 1,
        "at": moment(1600000000000000 + i * 1000001),
    }


def aware(microseconds):
    return EPOCH + datetime.timedelta(microseconds=microseconds)


def naive(microseconds):
    return aware(microseconds).replace(tzinfo=None)


def moment_of(engine):
    """How a timestamp is written and read: microseconds on SQLite, else a datetime in UTC."""
    return {"sqlite": int, "postgresql": aware, "mariadb": naive}[engine]


# --- the checksum --------------------------------------------------------------------------------


def text(value):
    if value is None:
        return 1
    return len(value) + 101 * ord(value[0]) + 103 * ord(value[-1])


def micros(value):
    if isinstance(value, int):
        return value
    if value.tzinfo is None:
        value = value.replace(tzinfo=datetime.timezone.utc)
    return (value - EPOCH) // MICROSECOND


def item(row):
    return (
        row.id
        + 3 * row.a
        + 5 * row.b
        + int(14 * row.c)
        + 11 * text(row.name)
        + 13 * text(row.note)
        + 17 * row.flag
        + 19 * micros(row.at)
    )


def person(row):
    return row.id + 3 * text(row.name) + 5 * text(row.email) + 7 * row.age + 11 * micros(row.created)


def post(row):
    return (
        row.id
        + 3 * row.person_id
        + 5 * text(row.title)
        + 7 * text(row.body)
        + 11 * row.score
        + 13 * micros(row.created)
    )


def comment(row):
    return row.id + 3 * row.post_id + 5 * text(row.body) + 7 * row.score


def tag(row):
    return row.id + 3 * text(row.name)


def badge(row):
    return row.id + 3 * row.person_id + 5 * text(row.name) + 7 * row.level


def visit(row):
    return row.id + 3 * row.person_id + 5 * text(row.place) + 7 * micros(row.at)


def with_children(value, children, child_sum):
    """S for rows with one relation, which `children` reads."""
    return lambda row: value(row) + row.id * sum(child_sum(child) for child in children(row))


def siblings(posts, badges, visits):
    def total(row):
        children = sum(map(post, posts(row)))
        children += 2 * sum(map(badge, badges(row))) + 3 * sum(map(visit, visits(row)))
        return person(row) + row.id * children

    return total


def node_sum(children):
    def total(row):
        value = row.id + 3 * (row.parent_id or 0) + 5 * text(row.name) + 7 * row.weight
        return value + row.id * sum(map(total, children(row)))

    return total


def joined(row):
    return post(row) + row.id * person(row.person)


def by_position(rows):
    return sum(item(row) * (i + 1) for i, row in enumerate(rows))


WRITTEN = (
    "SELECT COUNT(*) + SUM(3*a + 5*b + 14*c + 11*LENGTH(name) + 13*COALESCE(LENGTH(note), 1))"
    " + SUM(CASE WHEN flag THEN 17 ELSE 0 END) AS checksum FROM "
)


# --- the clock --------------------------------------------------------------------------------------


class Clock:
    def __init__(self):
        self.wall = self.cpu = 0

    def __enter__(self):
        self.cpu -= time.process_time_ns()
        self.wall -= time.monotonic_ns()

    def __exit__(self, *_):
        self.wall += time.monotonic_ns()
        self.cpu += time.process_time_ns()


# --- what lies outside of the clock: side.sql runs a statement and returns its first value, if it has one --------------


def checkpoint(side):
    """What was written before is in the file, so that no checkpoint falls into the clock."""
    if side.engine == "sqlite":
        side.sql("PRAGMA wal_checkpoint(TRUNCATE)")


def empty(side, table):
    side.sql(("DELETE FROM " if side.engine == "sqlite" else "TRUNCATE TABLE ") + table)
    checkpoint(side)


def fill(side, table, count):
    side.sql(f"INSERT INTO {table} SELECT * FROM item WHERE id <= {count}")
    checkpoint(side)


def written(side, table):
    return int(side.sql(WRITTEN + table) or 0)


# --- the workloads: each is given the side, SIZE, TIMES and the clock, and returns the checksum -------------


def get(side, _size, times, clock):
    with clock:
        rows = [side.get(key(r)) for r in range(times)]
    return sum(map(item, rows))


def get_tx(side, _size, times, clock):
    with clock:
        with side.reading() as reader:
            rows = [reader.get(key(r)) for r in range(times)]
    return sum(map(item, rows))


def repeated(load, checksum):
    """load(side, r, size) returns the rows of one repetition."""

    def run(side, size, times, clock):
        count = 0
        with clock:
            for r in range(times):
                rows = load(side, r, size)
                count += len(rows)
        return checksum(side, rows) + ROW * count

    return run


def sum_of(row_sum):
    return lambda _side, rows: sum(map(row_sum, rows))


def sum_by(row_sum_of):
    return lambda side, rows: sum(map(row_sum_of(side), rows))


def stream(side, size, times, clock):
    with clock:
        for _ in range(times):
            total = 0
            for row in side.stream(size):
                total += row.id + len(row.name)
    return total


def insert(side, size, times, clock):
    empty(side, "entry")
    batches = [side.entries(r * size + 1, size) for r in range(times)]
    with clock:
        with side.writing() as writer:
            for batch in batches:
                writer.insert(batch)
    return written(side, "entry")


def transaction(side, _size, times, clock):
    empty(side, "entry")
    batches = [side.entries(r + 1, 1) for r in range(times)]
    with clock:
        for batch in batches:
            with side.writing() as writer:
                writer.insert(batch)
    return written(side, "entry")


def update(side, size, times, clock):
    for _ in range(times):
        empty(side, "entry")
        fill(side, "entry", size)
        changes = side.changes([{"id": i, "a": 2 * i, "c": i / 2.0, "name": f"changed {i}"} for i in range(1, size + 1)])
        with clock:
            with side.writing() as writer:
                writer.update(changes)
    return written(side, "entry")


def upsert(side, size, times, clock):
    for _ in range(times):
        empty(side, "slot")
        fill(side, "slot", size // 2)
        slots = side.slots([{**item_values(i, side.moment), "id": i, "a": i} for i in range(1, size + 1)])
        with clock:
            with side.writing() as writer:
                writer.upsert(slots)
    return written(side, "slot")


def threads(side, size, times, clock):
    empty(side, "entry")
    rows = [[side.entries(t * times + r + 1, 1) for r in range(times)] for t in range(size)]
    counts = [0] * size
    failures = []

    def work(t):
        try:
            for r in range(times):
                for n in range(8):
                    with side.leased() as lease:
                        lease.get(key((t * times + r) * 8 + n))
                    counts[t] += 1
                for n in range(2):
                    with side.leased() as lease:
                        counts[t] += len(lease.find(low(t * times + r + n), low(t * times + r + n) + 10))
                with side.leased() as lease:
                    counts[t] += len(lease.children(10))
                with side.leased() as lease:
                    lease.insert(rows[t][r])
        except Exception as failure:
            failures.append(failure)

    with clock:
        workers = [threading.Thread(target=work, args=(t,)) for t in range(size)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    if failures:
        raise failures[0]
    return sum(counts) + written(side, "entry")


def opened(side, _size, times, clock):
    with clock:
        rows = [side.open_and_get() for _ in range(times)]
    return sum(map(item, rows))


def posts_of(side):
    return with_children(person, side.posts_of, post)


def levels_of(side):
    return with_children(person, side.posts_of, with_children(post, side.comments_of, comment))


def tagged(side):
    return with_children(post, side.tags_of, tag)


def siblings_of(side):
    return siblings(side.posts_of, side.badges_of, side.visits_of)


def nodes_of(side):
    return node_sum(side.children_of)


# name: (the methods that the library must have, the work)
WORKLOADS = {
    "get": ("get", get),
    "get_tx": ("reading", get_tx),
    "get_many": ("get_many", repeated(lambda s, r, n: s.get_many([key(r * n + j) for j in range(n)]), sum_of(item))),
    "find": ("find", repeated(lambda s, r, n: s.find(low(r), low(r) + n), sum_of(item))),
    "filter": ("filter", repeated(lambda s, r, n: s.filter(r % 100 + 10, n), lambda _, rows: by_position(rows))),
    "join": ("join", repeated(lambda s, r, n: s.join(low(r), low(r) + n), sum_of(joined))),
    "children": ("children", repeated(lambda s, _, n: s.children(n), sum_by(posts_of))),
    "children_joined": ("children_joined", repeated(lambda s, _, n: s.children_joined(n), sum_by(posts_of))),
    "children_lazy": ("children_lazy", repeated(lambda s, _, n: s.children_lazy(n), sum_by(posts_of))),
    "levels": ("levels", repeated(lambda s, _, n: s.levels(n), sum_by(levels_of))),
    "many_to_many": ("many_to_many", repeated(lambda s, _, n: s.many_to_many(n), sum_by(tagged))),
    "siblings": ("siblings", repeated(lambda s, _, n: s.siblings(n), sum_by(siblings_of))),
    "tree": ("tree", repeated(lambda s, _r, _n: [s.tree()], sum_by(nodes_of))),
    "nest": ("nest", repeated(lambda s, _, n: s.nest(n), sum_by(nodes_of))),
    "stream": ("stream", stream),
    "insert": ("insert", insert),
    "transaction": ("insert", transaction),
    "update": ("changes", update),
    "upsert": ("slots", upsert),
    "threads": ("leased", threads),
    "open": ("open_and_get", opened),
}


# --- the program ---------------------------------------------------------------------------------------


def parse(url):
    """What the drivers want to know: user, password, host or socket, port and database, or a file."""
    if url.startswith("sqlite:"):
        return {"file": url[len("sqlite:") :]}
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query))
    return {
        "user": urllib.parse.unquote(parts.username or ""),
        "password": urllib.parse.unquote(parts.password or ""),
        "host": parts.hostname,
        "port": parts.port,
        "folder": query.get("host"),
        "socket": query.get("socket"),
        "database": parts.path.lstrip("/"),
    }


def answer(side, line):
    try:
        name, size, times = line.split()[1:]
        needs, work = WORKLOADS.get(name, (None, None))
        if not needs or not hasattr(side, needs):
            return "none"
        clock = Clock()
        checksum = work(side, int(size), int(times), clock)
        return f"ok {clock.wall / 1000:.1f} {clock.cpu / 1000:.1f} {checksum & MASK}"
    except Exception as failure:
        return "error " + f"{type(failure).__name__}: {failure}".replace("\n", " ")[:400]


def main(make):
    arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
    engine = arguments["--engine"]
    try:
        side = make(engine, parse(arguments["--url"]))
    except Refused as reason:
        print(f"none {reason}", flush=True)
        return
    print(f"ready {side.name} {side.version}", flush=True)
    for line in sys.stdin:
        print(answer(side, line), flush=True)
