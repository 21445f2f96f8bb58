package mapping

import (
	"cmp"
	"maps"
	"strings"

	"glow/schema"
	"glow/server/formats/roster"
)

// departments finds the ids of departments that rows name.
type departments struct {
	known map[string]string // id by id, and by folded name
	fresh []string          // names that are new, not yet yielded

	// listed says that the input lists the departments: what people name beside those is none.
	listed bool
}

func (d *departments) open(known Known) (err error) {
	if d.known = map[string]string{}; known.Departments != nil {
		d.known, err = known.Departments()
		d.known = maps.Clone(d.known)
	}
	return err
}

// ids returns the ids of departments that are named in a cell, parted by | or ;. One that nobody
// knows gets an id made of its name.
func (d *departments) ids(text string) (ids []string) {
	for _, name := range strings.FieldsFunc(text, func(r rune) bool { return r == '|' || r == ';' }) {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		id, ok := d.known[name]
		if !ok {
			id, ok = d.known[schema.Fold(name)]
		}
		if !ok && d.listed {
			continue
		}
		if !ok {
			id = name
			if strings.ContainsAny(name, " ,") {
				id = roster.ID("department", name)
			}
			d.known[name], d.known[schema.Fold(name)] = id, id
			d.fresh = append(d.fresh, name)
		}
		ids = append(ids, id)
	}
	return ids
}

// add notes a department that the input lists. One that is known by its name keeps the id that it has.
func (d *departments) add(id, name string) {
	d.listed = true
	if _, ok := d.known[id]; ok {
		return
	}
	d.known[id] = cmp.Or(d.known[schema.Fold(name)], id)
	d.known[schema.Fold(name)] = d.known[id]
}

// yieldNew yields the departments that were named for the first time.
func (d *departments) yieldNew(yield func(*schema.Record, error) bool) bool {
	for _, name := range d.fresh {
		rec := schema.KindNamed(schema.KindDepartment).NewRecord()
		rec.Put("id", d.known[name])
		rec.Put("name", name)
		if err := rec.Finish(); err != nil {
			return yield(nil, err)
		}
		if !yield(&rec, nil) {
			return false
		}
	}
	d.fresh = d.fresh[:0]
	return true
}
