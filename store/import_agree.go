package store

import (
	"fmt"

	"glow/schema"
)

// checkAgreement checks that records of one id in one input agree. A record that
// contradicts an earlier one is rejected. Records with different fields, for example
// names in one file and e-mails in another, are completed from each other. Records derived
// from a log need no check: each id occurs once.
func (p *put) checkAgreement(t *tx, table *table) error {
	if p.log != nil || p.counts[table] < 2 || !p.given[table] && !(p.partial[table] && len(p.files) > 1) {
		return nil
	}
	var (
		one     *sameID
		patches []patch
		wrong   []int64
	)
	finish := func() {
		if one != nil {
			patches = append(patches, one.patches(table)...)
		}
	}
	err := t.Query(func(scan func(...any) error) error {
		r := stagedRow{values: make([]any, len(table.columns))}
		into := []any{&r.seq, &r.file, &r.line, &r.absent, &r.id}
		for i := range r.values {
			into = append(into, &r.values[i])
		}
		if err := scan(into...); err != nil {
			return err
		}
		if one == nil || one.rows[0].id != r.id {
			finish()
			one = &sameID{from: make([]*stagedRow, len(table.columns))}
		}
		if c, first := one.firstConflict(table, &r); first != nil {
			wrong = append(wrong, r.seq)
			p.rejectStaged(table, r.file, r.line, table.kind.Fields[table.columns[c].of].Name,
				fmt.Sprintf("differs from %s, which has the same id; records of one id in one input must agree", p.location(first, r.file)))
			return nil
		}
		one.add(table, &r)
		return nil
	}, table.selectRepeated())
	if err != nil {
		return err
	}
	finish()
	for _, seq := range wrong {
		if err := t.Exec("DELETE FROM "+table.stage+" WHERE seq = ?", seq); err != nil {
			return err
		}
	}
	for _, one := range patches {
		if err := t.Exec(table.patch(), one...); err != nil {
			return err
		}
	}
	return nil
}

// stagedRow is a staged record, with the values of the table's columns.
type stagedRow struct {
	seq        int64
	file, line int
	absent     int64
	id         string
	values     []any
}

func (r *stagedRow) omits(c *column) bool { return r.absent&(1<<c.of) != 0 }

// sameID are the records of one id that agree so far.
type sameID struct {
	rows []*stagedRow
	from []*stagedRow // the first that has the column
}

// firstConflict returns the first column in which a record contradicts an earlier one,
// and that earlier record; nil if there is none.
func (s *sameID) firstConflict(table *table, r *stagedRow) (column int, by *stagedRow) {
	for i := range table.columns {
		if first := s.from[i]; first != nil && !r.omits(&table.columns[i]) && first.values[i] != r.values[i] {
			return i, first
		}
	}
	return 0, nil
}

func (s *sameID) add(table *table, r *stagedRow) {
	s.rows = append(s.rows, r)
	for i := range table.columns {
		if s.from[i] == nil && !r.omits(&table.columns[i]) {
			s.from[i] = r
		}
	}
}

// patch are the arguments of table.patch.
type patch []any

// patches completes each record with the fields of all; empty if they have the same fields.
func (s *sameID) patches(table *table) (list []patch) {
	absent := s.rows[0].absent
	same := true
	for _, r := range s.rows[1:] {
		same = same && r.absent == absent
		absent &= r.absent
	}
	if same {
		return nil
	}
	values := make(patch, len(table.columns))
	for i := range values {
		values[i] = s.rows[0].values[i] // the default, if no record has it
		if s.from[i] != nil {
			values[i] = s.from[i].values[i]
		}
	}
	for _, r := range s.rows {
		list = append(list, append(values[:len(values):len(values)], absent, r.seq))
	}
	return list
}

// patch updates the values of a staged record.
func (t *table) patch() string {
	sets := ""
	for _, c := range t.columns {
		sets += c.staged + " = ?, "
	}
	return "UPDATE " + t.stage + " SET " + sets + "absent = ? WHERE seq = ?"
}

// selectRepeated selects the staged records that share their id with others, by id.
func (t *table) selectRepeated() string {
	cols := ""
	for _, c := range t.columns {
		cols += ", t." + c.staged
	}
	return fmt.Sprintf("SELECT t.seq, t.file, t.line, t.absent, t.id%s FROM %s t WHERE t.id IN (SELECT id FROM %s GROUP BY id HAVING count(*) > 1) ORDER BY t.id, t.seq",
		cols, t.stage, t.stage)
}

// location says where a record is, relative to a file.
func (p *put) location(r *stagedRow, file int) string {
	switch {
	case r.line == 0:
		return "a record before it"
	case r.file == file || p.files[r.file] == "":
		return fmt.Sprintf("line %d", r.line)
	}
	return fmt.Sprintf("%s, line %d", p.files[r.file], r.line)
}

// rejectStaged rejects a staged record. The caller deletes it from the staging table.
func (p *put) rejectStaged(table *table, file, line int, field, message string) {
	p.counts[table]--
	p.reject(schema.Fault{Kind: table.kind, File: p.files[file], Line: line, Field: field, Message: message})
}
