package main

import "strings"

// What is loaded; relations by a second statement with the parents' keys, as these libraries load none.

type target interface{ targets() []interface{} }

// Calls next for each row, which returns where it is scanned to.
func each(rows results, next func() target) {
	defer rows.Close()
	for rows.Next() {
		check(rows.Scan(next().targets()...))
	}
	check(rows.Err())
}

func items(rows results) []item {
	var found []item
	each(rows, func() target {
		found = append(found, item{})
		return &found[len(found)-1]
	})
	return found
}

func get(c connection, id int64) item {
	rows := items(c.query("SELECT "+itemColumns+" FROM item WHERE id = ?", id))
	return rows[0]
}

func find(c connection, low int64, size int) []item {
	return items(c.query("SELECT "+itemColumns+" FROM item WHERE id >= ? AND id < ?", low, low+int64(size)))
}

func getMany(c connection, first, size int) []item {
	keys := make([]int64, size)
	for j := range keys {
		keys[j] = key(first + j)
	}
	return items(c.queryKeys("SELECT "+itemColumns+" FROM item WHERE id IN $keys", keys))
}

func filter(c connection, r, size int) []item {
	return items(c.query("SELECT "+itemColumns+
		" FROM item WHERE a = ? AND flag = ? AND c >= ? ORDER BY b DESC, id LIMIT ?", r%100+10, true, 10.0, size))
}

func join(c connection, low int64, size int) []*post {
	var found []*post
	each(c.query("SELECT "+postColumns+", "+personColumns+
		" FROM post LEFT JOIN person ON person.id = post.person_id WHERE post.id >= ? AND post.id < ?",
		low, low+int64(size)),
		func() target {
			r := &post{person: &person{}}
			found = append(found, r)
			return joined{r, r.person}
		})
	return found
}

type joined struct {
	post   *post
	person *person
}

func (r joined) targets() []interface{} { return append(r.post.targets(), r.person.targets()...) }

func persons(c connection, count int) ([]*person, []int64, map[int64]*person) {
	var found []*person
	each(c.query("SELECT "+personColumns+" FROM person WHERE id <= ?", count), func() target {
		found = append(found, &person{})
		return found[len(found)-1]
	})
	keys := make([]int64, len(found))
	byID := make(map[int64]*person, len(found))
	for i, r := range found {
		keys[i], byID[r.id] = r.id, r
	}
	return found, keys, byID
}

func posts(rows results) []*post {
	var found []*post
	each(rows, func() target {
		found = append(found, &post{})
		return found[len(found)-1]
	})
	return found
}

func givePosts(c connection, keys []int64, byID map[int64]*person) []*post {
	found := posts(c.queryKeys("SELECT "+postColumns+" FROM post WHERE person_id IN $keys", keys))
	for _, r := range found {
		owner := byID[r.personID]
		owner.posts = append(owner.posts, r)
	}
	return found
}

func children(c connection, count int) []*person {
	found, keys, byID := persons(c, count)
	givePosts(c, keys, byID)
	return found
}

func childrenJoined(c connection, count int) []*person {
	var found []*person
	rows := c.query("SELECT "+postColumns+", "+personColumns+
		" FROM person JOIN post ON post.person_id = person.id WHERE person.id <= ? ORDER BY person.id", count)
	var pair joined
	take := func() {
		if pair.post == nil {
			return
		}
		if len(found) == 0 || found[len(found)-1].id != pair.person.id {
			found = append(found, pair.person)
		}
		owner := found[len(found)-1]
		owner.posts = append(owner.posts, pair.post)
	}
	each(rows, func() target {
		take()
		pair = joined{&post{}, &person{}}
		return pair
	})
	take()
	return found
}

func childrenLazy(c connection, count int) []*person {
	found, _, _ := persons(c, count)
	for _, r := range found {
		r.posts = posts(c.query("SELECT "+postColumns+" FROM post WHERE person_id = ?", r.id))
	}
	return found
}

func levels(c connection, count int) []*person {
	found, keys, byID := persons(c, count)
	below := givePosts(c, keys, byID)
	postKeys := make([]int64, len(below))
	postByID := make(map[int64]*post, len(below))
	for i, r := range below {
		postKeys[i], postByID[r.id] = r.id, r
	}
	var r *comment
	var all []*comment
	each(c.queryKeys("SELECT id, post_id, body, score FROM comment WHERE post_id IN $keys", postKeys), func() target {
		r = &comment{}
		all = append(all, r)
		return r
	})
	for _, r := range all {
		owner := postByID[r.postID]
		owner.comments = append(owner.comments, r)
	}
	return found
}

func manyToMany(c connection, count int) []*post {
	found := posts(c.query("SELECT "+postColumns+" FROM post WHERE id <= ?", count))
	keys := make([]int64, len(found))
	byID := make(map[int64]*post, len(found))
	for i, r := range found {
		keys[i], byID[r.id] = r.id, r
	}
	var links []link
	each(c.queryKeys("SELECT post_id, tag_id FROM post_tag WHERE post_id IN $keys", keys), func() target {
		links = append(links, link{})
		return &links[len(links)-1]
	})
	tags := map[int64]*tag{}
	for _, pair := range links {
		tags[pair.tagID] = &tag{}
	}
	tagKeys := make([]int64, 0, len(tags))
	for id := range tags {
		tagKeys = append(tagKeys, id)
	}
	var all []*tag
	each(c.queryKeys("SELECT id, name FROM tag WHERE id IN $keys", tagKeys), func() target {
		all = append(all, &tag{})
		return all[len(all)-1]
	})
	for _, r := range all {
		tags[r.id] = r
	}
	for _, pair := range links {
		owner := byID[pair.postID]
		owner.tags = append(owner.tags, tags[pair.tagID])
	}
	return found
}

func siblings(c connection, count int) []*person {
	found, keys, byID := persons(c, count)
	givePosts(c, keys, byID)
	var badges []*badge
	each(c.queryKeys("SELECT id, person_id, name, level FROM badge WHERE person_id IN $keys", keys), func() target {
		badges = append(badges, &badge{})
		return badges[len(badges)-1]
	})
	for _, r := range badges {
		owner := byID[r.personID]
		owner.badges = append(owner.badges, r)
	}
	var visits []*visit
	each(c.queryKeys("SELECT id, person_id, place, at FROM visit WHERE person_id IN $keys", keys), func() target {
		visits = append(visits, &visit{})
		return visits[len(visits)-1]
	})
	for _, r := range visits {
		owner := byID[r.personID]
		owner.visits = append(owner.visits, r)
	}
	return found
}

func nodes(rows results) []*node {
	var found []*node
	each(rows, func() target {
		found = append(found, &node{})
		return found[len(found)-1]
	})
	return found
}

// The children under their parents; those with no parent among them are returned.
func connected(all []*node) []*node {
	byID := make(map[int64]*node, len(all))
	for _, r := range all {
		byID[r.id] = r
	}
	var roots []*node
	for _, r := range all {
		var parent *node
		if r.parentID != nil {
			parent = byID[*r.parentID]
		}
		if parent == nil {
			roots = append(roots, r)
		} else {
			parent.children = append(parent.children, r)
		}
	}
	return roots
}

func tree(c connection) []*node {
	return connected(nodes(c.query(`WITH RECURSIVE below (id) AS (SELECT id FROM node WHERE id = 1
		UNION ALL SELECT node.id FROM node JOIN below ON node.parent_id = below.id)
		SELECT node.id, parent_id, name, weight FROM node JOIN below ON node.id = below.id`)))
}

func nest(c connection, depth int) []*node {
	level := nodes(c.query("SELECT id, parent_id, name, weight FROM node WHERE id BETWEEN 2 AND 5"))
	all := level
	for i := 0; i < depth && len(level) > 0; i++ {
		keys := make([]int64, len(level))
		for k, r := range level {
			keys[k] = r.id
		}
		level = nodes(c.queryKeys("SELECT id, parent_id, name, weight FROM node WHERE parent_id IN $keys", keys))
		all = append(all, level...)
	}
	return connected(all)
}

func stream(c connection, count int) (total uint64) {
	rows := c.query("SELECT "+itemColumns+" FROM item WHERE id <= ?", count)
	defer rows.Close()
	for rows.Next() {
		var r item
		check(rows.Scan(r.targets()...))
		total += uint64(r.id) + uint64(len(r.name))
	}
	check(rows.Err())
	return
}

func number(c connection, text string) (value uint64) {
	rows := c.query(text)
	defer rows.Close()
	for rows.Next() {
		var result *int64
		if strings.HasPrefix(text, "PRAGMA") {
			continue
		}
		check(rows.Scan(&result))
		if result != nil {
			value = uint64(*result)
		}
	}
	check(rows.Err())
	return
}
