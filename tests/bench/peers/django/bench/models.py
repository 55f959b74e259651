"""The benchmark's tables, as Django describes them. Timestamps are whole microseconds on SQLite."""

from django.db import connection, models


def moment():
    return models.BigIntegerField() if connection.vendor == "sqlite" else models.DateTimeField()


class ItemColumns(models.Model):
    id = models.BigAutoField(primary_key=True)
    a = models.IntegerField()
    b = models.BigIntegerField()
    c = models.FloatField()
    name = models.CharField(max_length=100)
    note = models.CharField(max_length=100, null=True)
    flag = models.BooleanField()
    at = moment()

    class Meta:
        abstract = True


class Item(ItemColumns):
    class Meta:
        db_table = "item"


class Entry(ItemColumns):
    class Meta:
        db_table = "entry"


class Person(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    email = models.CharField(max_length=100, null=True)
    age = models.SmallIntegerField()
    created = moment()

    class Meta:
        db_table = "person"


class Tag(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=50)

    class Meta:
        db_table = "tag"


class Post(models.Model):
    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="posts")
    title = models.CharField(max_length=100)
    body = models.CharField(max_length=200)
    score = models.IntegerField()
    created = moment()
    tags = models.ManyToManyField(Tag, db_table="post_tag")

    class Meta:
        db_table = "post"


class Comment(models.Model):
    id = models.BigAutoField(primary_key=True)
    post = models.ForeignKey(Post, models.CASCADE, related_name="comments")
    body = models.CharField(max_length=200)
    score = models.IntegerField()

    class Meta:
        db_table = "comment"


class Badge(models.Model):
    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="badges")
    name = models.CharField(max_length=50)
    level = models.SmallIntegerField()

    class Meta:
        db_table = "badge"


class Visit(models.Model):
    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="visits")
    place = models.CharField(max_length=50)
    at = moment()

    class Meta:
        db_table = "visit"


class Node(models.Model):
    id = models.BigAutoField(primary_key=True)
    parent = models.ForeignKey("self", models.CASCADE, related_name="children", null=True)
    name = models.CharField(max_length=50)
    weight = models.IntegerField()

    class Meta:
        db_table = "node"
