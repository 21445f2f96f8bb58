package store

import (
	"fmt"
	"strings"

	"glow/schema"
)

// completeStaged fills absent fields from the stored records. Then it checks what needs
// complete records: that new ones have their required fields, and that fields of the
// input agree with stored ones.
func (p *put) completeStaged(t *tx, table *table) error {
	if err := t.Exec(table.fillAbsent()); err != nil {
		return err
	}
	if err := p.rejectIncomplete(t, table); err != nil {
		return err
	}
	for _, rule := range table.kind.Rules() {
		if err := p.enforceRule(t, table, rule); err != nil {
			return err
		}
	}
	return nil
}

// fillAbsent fills the absent fields of staged records from the stored ones.
func (t *table) fillAbsent() string {
	sets := make([]string, len(t.columns))
	for i, c := range t.columns {
		there := "k." + c.name
		if c.ref != nil {
			there = fmt.Sprintf("(SELECT r.id FROM %s r WHERE r.key = k.%s)", c.ref.name, c.name)
		}
		sets[i] = fmt.Sprintf("%s = CASE WHEN t.absent & %d THEN %s ELSE t.%s END", c.staged, 1<<c.of, there, c.staged)
	}
	return fmt.Sprintf("UPDATE %s AS t SET %s FROM %s k WHERE k.id = t.id AND t.absent <> 0", t.stage, strings.Join(sets, ", "), t.name)
}

// rejectIncomplete rejects new records without a required field.
func (p *put) rejectIncomplete(t *tx, table *table) error {
	needed := int64(0)
	for i := 1; i < len(table.kind.Fields); i++ {
		if table.kind.Fields[i].Required {
			needed |= 1 << i
		}
	}
	where := fmt.Sprintf("absent & %d AND id NOT IN (SELECT id FROM %s)", needed, table.name)
	return p.rejectWhere(t, table, where, func(absent int64) (string, string) {
		for i := 1; ; i++ {
			if absent&needed&(1<<i) != 0 {
				return table.kind.Fields[i].Name, table.kind.MissingMessage()
			}
		}
	})
}

// violates is the condition that a staged record violates a rule and that the input has
// at least one of the two fields: violations in old databases are accepted.
func (t *table) violates(rule schema.Rule) string {
	both := 1<<rule.Low | 1<<rule.High
	return fmt.Sprintf("%s < %s AND absent & %d <> %d", t.kind.Fields[rule.High].Name, t.kind.Fields[rule.Low].Name, both, both)
}

// rejectWhere rejects the staged records that meet a condition. why returns the field and
// the message for a record, given the bits of its absent fields.
func (p *put) rejectWhere(t *tx, table *table, where string, why func(absent int64) (field, message string)) error {
	before := p.rejected
	err := t.Query(func(scan func(...any) error) error {
		var (
			file, line int
			absent     int64
		)
		if err := scan(&file, &line, &absent); err != nil {
			return err
		}
		field, message := why(absent)
		p.rejectStaged(table, file, line, field, message)
		return nil
	}, fmt.Sprintf("SELECT file, line, absent FROM %s WHERE %s ORDER BY seq", table.stage, where))
	if err != nil || p.rejected == before {
		return err
	}
	return t.Exec("DELETE FROM " + table.stage + " WHERE " + where)
}
