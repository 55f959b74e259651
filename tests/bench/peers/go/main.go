// Go's usual clients: go-sqlite3 and go-sql-driver/mysql by database/sql with prepared statements, and
// pgx by its own interface, with CopyFrom and Batch for many rows.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Of Debian's packages, set when this is built; the libraries tell none themselves.
var sqlite3Version, pgxVersion, mysqlVersion string

var engine, place string

func text(word string, number int) string { return word + strconv.Itoa(number) }
func key(r int) int64                     { return int64(r*7919%10000 + 1) }
func low(r int) int64                     { return int64(r%100 + 1) }

// --- connections -----------------------------------------------------------------------------------

func mysqlName() string {
	parsed, failure := url.Parse(place)
	check(failure)
	password, _ := parsed.User.Password()
	address := "tcp(" + parsed.Host + ")"
	if socket := parsed.Query().Get("socket"); socket != "" {
		address = "unix(" + socket + ")"
	}
	return parsed.User.Username() + ":" + password + "@" + address + parsed.Path +
		"?parseTime=true&loc=UTC&collation=utf8mb4_bin"
}

func open(size int) connection {
	switch engine {
	case "sqlite":
		name := "file:" + strings.TrimPrefix(place, "sqlite:") + "?_fk=1&_sync=FULL&_busy_timeout=10000"
		return openStandard("sqlite3", name, size)
	case "mariadb":
		return openStandard("mysql", mysqlName(), size)
	}
	if size > 1 {
		return openPostgresPool(place, size)
	}
	return openPostgres(place)
}

// --- the clock -----------------------------------------------------------------------------------------

type run struct {
	size, times int
	checksum    uint64
	wall, cpu   time.Duration
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func (r *run) timed(work func()) {
	cpu, start := cpuTime(), time.Now()
	work()
	r.wall += time.Since(start)
	r.cpu += cpuTime() - cpu
}

// --- what lies outside of the clock ------------------------------------------------------------------------

func checkpoint(c connection) {
	if engine == "sqlite" {
		number(c, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
}

func empty(c connection, table string) {
	if engine == "sqlite" {
		c.exec("DELETE FROM " + table)
	} else {
		c.exec("TRUNCATE TABLE " + table)
	}
	checkpoint(c)
}

func fill(c connection, table string, count int) {
	c.exec("INSERT INTO " + table + " SELECT * FROM item WHERE id <= " + strconv.Itoa(count))
	checkpoint(c)
}

func written(c connection, table string) uint64 {
	kind := map[string]string{"sqlite": "INTEGER", "postgresql": "bigint", "mariadb": "SIGNED"}[engine]
	return number(c, "SELECT CAST(SUM(1 + 3*a + 5*b + 14*c + 11*LENGTH(name) + 13*COALESCE(LENGTH(note), 1)"+
		" + CASE WHEN flag THEN 17 ELSE 0 END) AS "+kind+") FROM "+table)
}

// --- the workloads -------------------------------------------------------------------------------------------

const rowWeight = 1000003

func runGet(c connection, r *run) {
	rows := make([]item, r.times)
	r.timed(func() {
		for i := range rows {
			rows[i] = get(c, key(i))
		}
	})
	r.checksum = sumItems(rows)
}

func runGetTx(c connection, r *run) {
	rows := make([]item, r.times)
	r.timed(func() {
		c.transaction(func(tx connection) {
			for i := range rows {
				rows[i] = get(tx, key(i))
			}
		})
	})
	r.checksum = sumItems(rows)
}

func repeated[Row any](load func(c connection, r, size int) []Row, sum func([]Row) uint64) func(connection, *run) {
	return func(c connection, r *run) {
		var rows []Row
		count := 0
		r.timed(func() {
			for i := 0; i < r.times; i++ {
				rows = load(c, i, r.size)
				count += len(rows)
			}
		})
		r.checksum = sum(rows) + rowWeight*uint64(count)
	}
}

func runStream(c connection, r *run) {
	r.timed(func() {
		for i := 0; i < r.times; i++ {
			r.checksum += stream(c, r.size)
		}
	})
}

func batches(count, size int) [][]item {
	made := make([][]item, count)
	for i := range made {
		made[i] = makeItems(i*size+1, size)
	}
	return made
}

func runInsert(c connection, r *run) {
	empty(c, "entry")
	rows := batches(r.times, r.size)
	r.timed(func() {
		c.transaction(func(tx connection) {
			for _, batch := range rows {
				tx.insert(batch)
			}
		})
	})
	r.checksum = written(c, "entry")
}

func runTransaction(c connection, r *run) {
	empty(c, "entry")
	rows := batches(r.times, 1)
	r.timed(func() {
		for _, batch := range rows {
			c.transaction(func(tx connection) { tx.insert(batch) })
		}
	})
	r.checksum = written(c, "entry")
}

func runUpdate(c connection, r *run) {
	rows := make([]item, r.size)
	for i := range rows {
		rows[i] = item{id: int64(i + 1), a: int32(2 * (i + 1)), c: float64(i+1) / 2, name: text("changed ", i+1)}
	}
	for i := 0; i < r.times; i++ {
		empty(c, "entry")
		fill(c, "entry", r.size)
		r.timed(func() { c.transaction(func(tx connection) { tx.update(rows) }) })
	}
	r.checksum = written(c, "entry")
}

func runUpsert(c connection, r *run) {
	rows := makeItems(1, r.size)
	for i := range rows {
		rows[i].a = int32(rows[i].id)
	}
	for i := 0; i < r.times; i++ {
		empty(c, "slot")
		fill(c, "slot", r.size/2)
		r.timed(func() { c.transaction(func(tx connection) { tx.upsert(rows) }) })
	}
	r.checksum = written(c, "slot")
}

var pool connection

func mixedLot(turn int, row []item) (count int) {
	for n := 0; n < 8; n++ {
		get(pool, key(turn*8+n))
		count++
	}
	for n := 0; n < 2; n++ {
		count += len(find(pool, low(turn+n), 10))
	}
	count += len(children(pool, 10))
	pool.insert(row)
	return
}

func runThreads(c connection, r *run) {
	var group sync.WaitGroup
	var count int64
	var failure atomic.Value

	if pool == nil {
		pool = open(4)
	}
	empty(c, "entry")
	rows := batches(r.size*r.times, 1)
	r.timed(func() {
		for t := 0; t < r.size; t++ {
			group.Add(1)
			go func(t int) {
				defer group.Done()
				defer func() {
					if reason := recover(); reason != nil {
						failure.Store(fmt.Sprint(reason))
					}
				}()
				for turn := t * r.times; turn < (t+1)*r.times; turn++ {
					atomic.AddInt64(&count, int64(mixedLot(turn, rows[turn])))
				}
			}(t)
		}
		group.Wait()
	})
	if reason := failure.Load(); reason != nil {
		panic(reason)
	}
	r.checksum = uint64(count) + written(c, "entry")
}

func runOpen(c connection, r *run) {
	rows := make([]item, r.times)
	r.timed(func() {
		for i := range rows {
			own := open(1)
			rows[i] = get(own, 1)
			own.close()
		}
	})
	r.checksum = sumItems(rows)
}

var workloads = map[string]func(connection, *run){
	"get":             runGet,
	"get_tx":          runGetTx,
	"get_many":        repeated(func(c connection, r, size int) []item { return getMany(c, r*size, size) }, sumItems),
	"find":            repeated(func(c connection, r, size int) []item { return find(c, low(r), size) }, sumItems),
	"filter":          repeated(filter, sumByPosition),
	"join":            repeated(func(c connection, r, size int) []*post { return join(c, low(r), size) }, sumJoined),
	"children":        repeated(func(c connection, r, size int) []*person { return children(c, size) }, sumPersons),
	"children_joined": repeated(func(c connection, r, size int) []*person { return childrenJoined(c, size) }, sumPersons),
	"children_lazy":   repeated(func(c connection, r, size int) []*person { return childrenLazy(c, size) }, sumPersons),
	"levels":          repeated(func(c connection, r, size int) []*person { return levels(c, size) }, sumPersons),
	"many_to_many":    repeated(func(c connection, r, size int) []*post { return manyToMany(c, size) }, sumPosts),
	"siblings":        repeated(func(c connection, r, size int) []*person { return siblings(c, size) }, sumPersons),
	"tree":            repeated(func(c connection, r, size int) []*node { return tree(c) }, sumNodes),
	"nest":            repeated(func(c connection, r, size int) []*node { return nest(c, size) }, sumNodes),
	"stream":          runStream,
	"insert":          runInsert,
	"transaction":     runTransaction,
	"update":          runUpdate,
	"upsert":          runUpsert,
	"threads":         runThreads,
	"open":            runOpen,
}

// --- the program ------------------------------------------------------------------------------------------------

func answer(c connection, line string) (said string) {
	var r run
	var verb, name string

	defer func() {
		if reason := recover(); reason != nil {
			said = "error " + strings.ReplaceAll(fmt.Sprint(reason), "\n", " ")
		}
	}()
	fmt.Sscan(line, &verb, &name, &r.size, &r.times)
	work := workloads[name]
	if work == nil {
		return "none"
	}
	work(c, &r)
	return fmt.Sprintf("ok %.1f %.1f %d", float64(r.wall.Nanoseconds())/1000, float64(r.cpu.Nanoseconds())/1000, r.checksum)
}

func main() {
	flag.StringVar(&engine, "engine", "", "")
	flag.StringVar(&place, "url", "", "")
	flag.Parse()
	clients := map[string]string{"sqlite": "go-sqlite3 " + sqlite3Version, "postgresql": "pgx " + pgxVersion,
		"mariadb": "go-sql-driver " + mysqlVersion}
	c := open(1)
	get(c, 1)
	fmt.Println("ready", clients[engine])
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println(answer(c, lines.Text()))
	}
}
