package main

import "time"

// The rows. A timestamp is whole microseconds on SQLite, and a time.Time on the servers.

type moment struct {
	us   int64
	time time.Time
}

type item struct {
	id   int64
	a    int32
	b    int64
	c    float64
	name string
	note *string
	flag bool
	at   moment
}

type person struct {
	id      int64
	name    string
	email   *string
	age     int16
	created moment
	posts   []*post
	badges  []*badge
	visits  []*visit
}

type post struct {
	id, personID int64
	title, body  string
	score        int32
	created      moment
	comments     []*comment
	tags         []*tag
	person       *person
}

type comment struct {
	id, postID int64
	body       string
	score      int32
}

type tag struct {
	id   int64
	name string
}

type link struct{ postID, tagID int64 }

type badge struct {
	id, personID int64
	name         string
	level        int16
}

type visit struct {
	id, personID int64
	place        string
	at           moment
}

type node struct {
	id       int64
	parentID *int64
	name     string
	weight   int32
	children []*node
}

// Where a timestamp is scanned to.
func (m *moment) target() interface{} {
	if engine == "sqlite" {
		return &m.us
	}
	return &m.time
}

func (m moment) value() interface{} {
	if engine == "sqlite" {
		return m.us
	}
	return m.time
}

func (m moment) micros() uint64 {
	if engine == "sqlite" {
		return uint64(m.us)
	}
	return uint64(m.time.UnixMicro())
}

func momentAt(us int64) moment { return moment{us, time.UnixMicro(us).UTC()} }

// --- columns, and where they are scanned to ----------------------------------------------------------

const (
	itemColumns   = "id, a, b, c, name, note, flag, at"
	personColumns = "person.id, person.name, person.email, person.age, person.created"
	postColumns   = "post.id, post.person_id, post.title, post.body, post.score, post.created"
)

func (r *item) targets() []interface{} {
	return []interface{}{&r.id, &r.a, &r.b, &r.c, &r.name, &r.note, &r.flag, r.at.target()}
}

func (r *person) targets() []interface{} {
	return []interface{}{&r.id, &r.name, &r.email, &r.age, r.created.target()}
}

func (r *post) targets() []interface{} {
	return []interface{}{&r.id, &r.personID, &r.title, &r.body, &r.score, r.created.target()}
}

func (r *comment) targets() []interface{} {
	return []interface{}{&r.id, &r.postID, &r.body, &r.score}
}

func (r *tag) targets() []interface{}   { return []interface{}{&r.id, &r.name} }
func (r *link) targets() []interface{}  { return []interface{}{&r.postID, &r.tagID} }
func (r *badge) targets() []interface{} { return []interface{}{&r.id, &r.personID, &r.name, &r.level} }

func (r *visit) targets() []interface{} {
	return []interface{}{&r.id, &r.personID, &r.place, r.at.target()}
}

func (r *node) targets() []interface{} {
	return []interface{}{&r.id, &r.parentID, &r.name, &r.weight}
}

// --- what is written -------------------------------------------------------------------------------------

func makeItem(i int) item {
	r := item{
		id:   int64(i),
		a:    int32(i / 100),
		b:    int64(i) * 7919 % 1000003,
		c:    float64(i%1000) / 2,
		name: text("item ", i),
		flag: i%2 == 1,
		at:   momentAt(1600000000000000 + int64(i)*1000001),
	}
	if i%3 != 0 {
		note := text("note ", i%1000)
		r.note = &note
	}
	return r
}

func makeItems(first, count int) []item {
	rows := make([]item, count)
	for i := range rows {
		rows[i] = makeItem(first + i)
	}
	return rows
}

// The columns from a to at.
func (r *item) values() []interface{} {
	return []interface{}{r.a, r.b, r.c, r.name, r.note, r.flag, r.at.value()}
}

// --- checksums -------------------------------------------------------------------------------------------

func t(s string) uint64 { return uint64(len(s)) + 101*uint64(s[0]) + 103*uint64(s[len(s)-1]) }

func tp(s *string) uint64 {
	if s == nil {
		return 1
	}
	return t(*s)
}

func (r *item) sum() uint64 {
	flag := uint64(0)
	if r.flag {
		flag = 17
	}
	return uint64(r.id) + 3*uint64(r.a) + 5*uint64(r.b) + uint64(14*r.c) + 11*t(r.name) + 13*tp(r.note) + flag +
		19*r.at.micros()
}

func (r *person) sum() uint64 {
	return uint64(r.id) + 3*t(r.name) + 5*tp(r.email) + 7*uint64(r.age) + 11*r.created.micros()
}

func (r *post) sum() uint64 {
	return uint64(r.id) + 3*uint64(r.personID) + 5*t(r.title) + 7*t(r.body) + 11*uint64(r.score) +
		13*r.created.micros()
}

func (r *comment) sum() uint64 {
	return uint64(r.id) + 3*uint64(r.postID) + 5*t(r.body) + 7*uint64(r.score)
}

func (r *tag) sum() uint64 { return uint64(r.id) + 3*t(r.name) }

func (r *badge) sum() uint64 {
	return uint64(r.id) + 3*uint64(r.personID) + 5*t(r.name) + 7*uint64(r.level)
}

func (r *visit) sum() uint64 {
	return uint64(r.id) + 3*uint64(r.personID) + 5*t(r.place) + 7*r.at.micros()
}

func sumItems(rows []item) (total uint64) {
	for i := range rows {
		total += rows[i].sum()
	}
	return
}

func sumByPosition(rows []item) (total uint64) {
	for i := range rows {
		total += rows[i].sum() * uint64(i+1)
	}
	return
}

// With comments and tags, whichever were loaded.
func sumPosts(rows []*post) (total uint64) {
	for _, r := range rows {
		children := uint64(0)
		for _, child := range r.comments {
			children += child.sum()
		}
		for _, child := range r.tags {
			children += child.sum()
		}
		total += r.sum() + uint64(r.id)*children
	}
	return
}

func sumJoined(rows []*post) (total uint64) {
	for _, r := range rows {
		total += r.sum() + uint64(r.id)*r.person.sum()
	}
	return
}

// With posts, badges and visits, whichever were loaded.
func sumPersons(rows []*person) (total uint64) {
	for _, r := range rows {
		children := sumPosts(r.posts)
		for _, child := range r.badges {
			children += 2 * child.sum()
		}
		for _, child := range r.visits {
			children += 3 * child.sum()
		}
		total += r.sum() + uint64(r.id)*children
	}
	return
}

func sumNodes(rows []*node) (total uint64) {
	for _, r := range rows {
		parent := uint64(0)
		if r.parentID != nil {
			parent = uint64(*r.parentID)
		}
		total += uint64(r.id) + 3*parent + 5*t(r.name) + 7*uint64(r.weight) + uint64(r.id)*sumNodes(r.children)
	}
	return
}
