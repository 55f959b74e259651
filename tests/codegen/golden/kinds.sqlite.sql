CREATE TABLE "place" (
	"id" INTEGER NOT NULL PRIMARY KEY,
	"name" TEXT NOT NULL,
	"best_id" INTEGER,
	CONSTRAINT "place_name_length" CHECK (length("name") <= 100),
	CONSTRAINT "place_best_id_fk" FOREIGN KEY ("best_id") REFERENCES "thing" ("id") ON DELETE SET NULL
) STRICT;
CREATE TABLE "thing" (
	"id" INTEGER NOT NULL PRIMARY KEY,
	"flag" INTEGER NOT NULL DEFAULT 1,
	"no_flag" INTEGER,
	"small" INTEGER NOT NULL DEFAULT -3,
	"medium" INTEGER,
	"big" INTEGER NOT NULL DEFAULT -9223372036854775808,
	"f" REAL NOT NULL DEFAULT 0.1,
	"g" REAL NOT NULL DEFAULT 1.5,
	"price" TEXT COLLATE decimal NOT NULL DEFAULT '12345678901234567890.5000000000',
	"real_price" REAL,
	"title" TEXT NOT NULL DEFAULT 'it''s "so" ??/ \ 100% ''fine''',
	"longer" TEXT NOT NULL DEFAULT 'A default that is so long that it does not fit into any line of a table, so it has to be an array of its own above it.',
	"code" TEXT,
	"blob" BLOB,
	"anyblob" BLOB,
	"day" INTEGER NOT NULL DEFAULT 18321,
	"moment" INTEGER NOT NULL DEFAULT 45296789000,
	"created" INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER) * 1000000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER) * 1000),
	"fixed" INTEGER NOT NULL DEFAULT 1577836800000000,
	"seen" TEXT,
	"unixy" REAL,
	"touched" INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER) * 1000000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER) * 1000),
	"token" BLOB NOT NULL,
	"other" BLOB,
	"meta" TEXT NOT NULL DEFAULT '{}',
	"state" TEXT NOT NULL DEFAULT 'doing',
	"state2" INTEGER,
	"rank" INTEGER NOT NULL DEFAULT ((1 + 2)),
	"double_" INTEGER GENERATED ALWAYS AS (small * 2) STORED NOT NULL,
	"half" INTEGER GENERATED ALWAYS AS (small / 2) VIRTUAL,
	"version" INTEGER NOT NULL,
	"parent_id" INTEGER,
	"place_id" INTEGER NOT NULL,
	CONSTRAINT "thing_flag_bool" CHECK ("flag" IN (0, 1)),
	CONSTRAINT "thing_no_flag_bool" CHECK ("no_flag" IN (0, 1)),
	CONSTRAINT "thing_small_range" CHECK ("small" BETWEEN -32768 AND 32767),
	CONSTRAINT "thing_medium_range" CHECK ("medium" BETWEEN -2147483648 AND 2147483647),
	CONSTRAINT "thing_title_length" CHECK (length("title") <= 200),
	CONSTRAINT "thing_blob_length" CHECK (length("blob") <= 16),
	CONSTRAINT "thing_token_uuid" CHECK (length("token") = 16),
	CONSTRAINT "thing_other_uuid" CHECK (length("other") = 16),
	CONSTRAINT "thing_meta_json" CHECK (coalesce(json_valid("meta"), 0) OR "meta" IS NULL),
	CONSTRAINT "thing_state_values" CHECK ("state" IN ('open', 'doing', 'fin''ished\x')),
	CONSTRAINT "thing_state2_values" CHECK ("state2" BETWEEN 0 AND 2),
	CONSTRAINT "thing_rank_range" CHECK ("rank" BETWEEN -2147483648 AND 2147483647),
	CONSTRAINT "thing_version_range" CHECK ("version" BETWEEN -2147483648 AND 2147483647),
	CONSTRAINT "thing_small_check" CHECK (small > -100),
	CONSTRAINT "day_ok" CHECK (day > 7305 and created > 631152000000000 and length(title) > 0 and small < 100 and 'x' <> 'y'),
	CONSTRAINT "thing_parent_id_fk" FOREIGN KEY ("parent_id") REFERENCES "thing" ("id") ON DELETE CASCADE,
	CONSTRAINT "thing_place_id_fk" FOREIGN KEY ("place_id") REFERENCES "place" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "thing_code_key" ON "thing" ("code");
CREATE INDEX "thing_state_day_idx" ON "thing" ("state", "day" DESC);
CREATE INDEX "thing_place_id_title_idx" ON "thing" ("place_id", "title", "small");
CREATE UNIQUE INDEX "thing_place_id_code_key" ON "thing" ("place_id", "code");
CREATE TABLE "label" (
	"id" INTEGER NOT NULL PRIMARY KEY,
	"name" TEXT NOT NULL,
	CONSTRAINT "label_name_length" CHECK (length("name") <= 100)
) STRICT;
CREATE UNIQUE INDEX "label_name_key" ON "label" ("name");
CREATE TABLE "thing_label" (
	"thing_id" INTEGER NOT NULL,
	"label_id" INTEGER NOT NULL,
	"weight" INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY ("thing_id", "label_id"),
	CONSTRAINT "thing_label_weight_range" CHECK ("weight" BETWEEN -2147483648 AND 2147483647),
	CONSTRAINT "thing_label_thing_id_fk" FOREIGN KEY ("thing_id") REFERENCES "thing" ("id") ON DELETE CASCADE,
	CONSTRAINT "thing_label_label_id_fk" FOREIGN KEY ("label_id") REFERENCES "label" ("id") ON DELETE CASCADE
) STRICT;
CREATE TABLE "log" (
	"line" TEXT NOT NULL,
	"at" INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER) * 1000000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER) * 1000)
) STRICT;
