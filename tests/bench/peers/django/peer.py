"""Django's ORM, without its web server: prefetch_related and select_related, bulk_create and
bulk_update, iterator() for streams. It has no pool, no load of a to-many relation by a join and
(until 4.1) no upsert of many rows."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))

import side


def database(engine, where):
    if engine == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": where["file"]}
    return {
        "ENGINE": {"postgresql": "django.db.backends.postgresql", "mariadb": "django.db.backends.mysql"}[engine],
        "NAME": where["database"],
        "USER": where["user"],
        "PASSWORD": where["password"],
        "HOST": where["folder"] or where["socket"] or where["host"],
        "PORT": where["port"] or "",
    }


def configure(engine, where):
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": database(engine, where), "other": database(engine, where)},
        INSTALLED_APPS=["bench"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        TIME_ZONE="UTC",
    )
    django.setup()
    return django.get_version()


def prepare_sqlite(connection, **_):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = FULL")  # Django itself sets foreign_keys on


TREE = """
    WITH RECURSIVE below (id) AS (
        SELECT id FROM node WHERE id = 1
        UNION ALL SELECT node.id FROM node JOIN below ON node.parent_id = below.id)
    SELECT node.* FROM node JOIN below ON node.id = below.id
"""


class Django:
    name = "Django"

    def __init__(self, engine, where):
        self.version = configure(engine, where)
        from bench import models
        from django.db import backends, connection, connections, transaction

        self.engine = engine
        self.connection, self.connections, self.transaction = connection, connections, transaction
        self.moment = side.moment_of("postgresql" if engine == "mariadb" else engine)
        self.Item, self.Entry, self.Person = models.Item, models.Entry, models.Person
        self.Post, self.Node = models.Post, models.Node
        if engine == "sqlite":
            backends.signals.connection_created.connect(prepare_sqlite)
        if engine != "mariadb":
            self.stream = self.stream_rows  # Django's manual: MySQL's driver loads the whole result
        connection.ensure_connection()

    def sql(self, statement):
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None

    def get(self, id):
        return self.Item.objects.get(pk=id)

    @contextlib.contextmanager
    def reading(self):
        with self.transaction.atomic():
            yield self

    writing = reading

    def get_many(self, ids):
        return list(self.Item.objects.filter(pk__in=ids))

    def find(self, lo, hi):
        return list(self.Item.objects.filter(id__gte=lo, id__lt=hi))

    def filter(self, a, limit):
        return list(self.Item.objects.filter(a=a, flag=True, c__gte=10).order_by("-b", "id")[:limit])

    def join(self, lo, hi):
        return list(self.Post.objects.filter(id__gte=lo, id__lt=hi).select_related("person"))

    def persons(self, count, *relations):
        return list(self.Person.objects.filter(id__lte=count).prefetch_related(*relations))

    def children(self, count):
        return self.persons(count, "posts")

    def children_lazy(self, count):
        persons = list(self.Person.objects.filter(id__lte=count))
        for person in persons:
            person.kept = list(person.posts.all())
        return persons

    def levels(self, count):
        return self.persons(count, "posts__comments")

    def many_to_many(self, count):
        return list(self.Post.objects.filter(id__lte=count).prefetch_related("tags"))

    def siblings(self, count):
        return self.persons(count, "posts", "badges", "visits")

    def tree(self):
        nodes = list(self.Node.objects.raw(TREE))
        by_id = {node.id: node for node in nodes}
        for node in nodes:
            node.kept = []
        for node in nodes:
            if node.id != 1:
                by_id[node.parent_id].kept.append(node)
        return by_id[1]

    def nest(self, depth):
        return list(self.Node.objects.filter(id__range=(2, 5)).prefetch_related("__".join(["children"] * depth)))

    def stream_rows(self, count):
        with self.transaction.atomic():
            yield from self.Item.objects.filter(id__lte=count).iterator(chunk_size=2000)

    def insert(self, rows):
        if len(rows) == 1:
            rows[0].save(force_insert=True)
        else:
            self.Entry.objects.bulk_create(rows)

    def update(self, rows):
        self.Entry.objects.bulk_update(rows, ["a", "c", "name"], batch_size=250)

    def open_and_get(self):
        try:
            return self.Item.objects.using("other").get(pk=1)
        finally:
            self.connections["other"].close()

    def entries(self, first, count):
        return [self.Entry(**side.item_values(i, self.moment)) for i in range(first, first + count)]

    def changes(self, rows):
        return [self.Entry(**row) for row in rows]

    def posts_of(self, row):
        return row.kept if hasattr(row, "kept") else row.posts.all()

    def comments_of(self, row):
        return row.comments.all()

    def tags_of(self, row):
        return row.tags.all()

    def badges_of(self, row):
        return row.badges.all()

    def visits_of(self, row):
        return row.visits.all()

    def children_of(self, row):
        if hasattr(row, "kept"):
            return row.kept
        return row.children.all() if "children" in getattr(row, "_prefetched_objects_cache", ()) else ()


side.main(Django)
