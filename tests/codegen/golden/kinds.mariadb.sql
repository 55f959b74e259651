CREATE TABLE `place` (
	`id` bigint NOT NULL AUTO_INCREMENT,
	`name` varchar(100) NOT NULL,
	`best_id` bigint,
	PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
CREATE TABLE `thing` (
	`id` bigint NOT NULL AUTO_INCREMENT,
	`flag` tinyint(1) NOT NULL DEFAULT 1,
	`no_flag` tinyint(1),
	`small` smallint NOT NULL DEFAULT -3,
	`medium` int,
	`big` bigint NOT NULL DEFAULT -9223372036854775808,
	`f` float NOT NULL DEFAULT 0.1,
	`g` double NOT NULL DEFAULT 1.5,
	`price` decimal(30,10) NOT NULL DEFAULT 12345678901234567890.5000000000,
	`real_price` decimal(10,2),
	`title` varchar(200) NOT NULL DEFAULT (CONVERT(unhex('697427732022736f22203f3f2f205c2031303025202766696e6527') USING utf8mb4) COLLATE utf8mb4_nopad_bin),
	`longer` longtext NOT NULL DEFAULT 'A default that is so long that it does not fit into any line of a table, so it has to be an array of its own above it.',
	`code` varchar(10),
	`blob` varbinary(16),
	`anyblob` longblob,
	`day` date NOT NULL DEFAULT DATE '2020-02-29',
	`moment` time(6) NOT NULL DEFAULT TIME '12:34:56.789000',
	`created` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
	`fixed` datetime(6) NOT NULL DEFAULT TIMESTAMP '2020-01-01 00:00:00.000000',
	`seen` varchar(40),
	`unixy` double,
	`touched` datetime(6) NOT NULL DEFAULT (utc_timestamp(6)) ON UPDATE CURRENT_TIMESTAMP(6),
	`token` binary(16) NOT NULL,
	`other` binary(16),
	`meta` longtext NOT NULL DEFAULT '{}',
	`state` varchar(64) NOT NULL DEFAULT 'doing',
	`state2` bigint,
	`rank` int NOT NULL DEFAULT (3),
	`double_` bigint GENERATED ALWAYS AS (small * 2) STORED,
	`half` bigint GENERATED ALWAYS AS (small / 2) VIRTUAL,
	`version` int NOT NULL,
	`parent_id` bigint,
	`place_id` bigint NOT NULL,
	PRIMARY KEY (`id`),
	CONSTRAINT `thing_flag_bool` CHECK (`flag` IN (0, 1)),
	CONSTRAINT `thing_no_flag_bool` CHECK (`no_flag` IN (0, 1)),
	CONSTRAINT `thing_meta_json` CHECK (coalesce(json_valid(`meta`), 0) OR `meta` IS NULL),
	CONSTRAINT `thing_state_values` CHECK (`state` IN ('open', 'doing', (CONVERT(unhex('66696e2769736865645c78') USING utf8mb4) COLLATE utf8mb4_nopad_bin))),
	CONSTRAINT `thing_state2_values` CHECK (`state2` BETWEEN 0 AND 2),
	CONSTRAINT `thing_small_check` CHECK (small > -100),
	CONSTRAINT `day_ok` CHECK (day > DATE '1990-01-01' and created > TIMESTAMP '1990-01-01 00:00:00.000000' and length(title) > 0 and small < 100 and 'x' <> 'y'),
	CONSTRAINT `thing_parent_id_fk` FOREIGN KEY (`parent_id`) REFERENCES `thing` (`id`) ON DELETE CASCADE,
	CONSTRAINT `thing_place_id_fk` FOREIGN KEY (`place_id`) REFERENCES `place` (`id`) ON DELETE RESTRICT ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
CREATE UNIQUE INDEX `thing_code_key` ON `thing` (`code`);
CREATE INDEX `thing_state_day_idx` ON `thing` (`state`, `day` DESC);
CREATE INDEX `thing_place_id_title_idx` ON `thing` (`place_id`, `title`, `small`);
CREATE UNIQUE INDEX `thing_place_id_code_key` ON `thing` (`place_id`, `code`);
CREATE TABLE `label` (
	`id` bigint NOT NULL AUTO_INCREMENT,
	`name` varchar(100) NOT NULL,
	PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
CREATE UNIQUE INDEX `label_name_key` ON `label` (`name`);
CREATE TABLE `thing_label` (
	`thing_id` bigint NOT NULL,
	`label_id` bigint NOT NULL,
	`weight` int NOT NULL DEFAULT 0,
	PRIMARY KEY (`thing_id`, `label_id`),
	CONSTRAINT `thing_label_thing_id_fk` FOREIGN KEY (`thing_id`) REFERENCES `thing` (`id`) ON DELETE CASCADE,
	CONSTRAINT `thing_label_label_id_fk` FOREIGN KEY (`label_id`) REFERENCES `label` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
CREATE TABLE `log` (
	`line` longtext NOT NULL,
	`at` datetime(6) NOT NULL DEFAULT (utc_timestamp(6))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
ALTER TABLE `place` ADD CONSTRAINT `place_best_id_fk` FOREIGN KEY (`best_id`) REFERENCES `thing` (`id`) ON DELETE SET NULL;
