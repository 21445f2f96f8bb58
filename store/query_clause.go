package store

import (
	"database/sql"
	"slices"

	"glow/schema"
)

// A question is put together from pieces of SQL that many questions share. A piece asks
// for its values by name, so that pieces may stand in any order and more than once. A
// statement may be given values that it does not ask for; one that is missing is an error.
// These names mean the same everywhere:
//
//	:scope_person :scope_departments :scope_token   whom the caller may see (inScope)
//	:departments :roles :person :word_0 …           whom of them the request chooses (choose)
//	:from :until                                    the window (inWindow)
//	:first_day :last_day :end_day                   whole days; end_day is the day after the last
//	:after_at :after_id                             the row that the page comes after (clause.after)
//	:limit :offset                                  the page

// clause is a condition and the values that it asks for.
type clause struct {
	sql  string
	args []any // each a sql.NamedArg
}

// and adds a condition.
func (c *clause) and(cond string, args ...any) {
	c.sql += " AND " + cond
	c.args = slices.Concat(c.args, args)
}

// inWindow is the condition that the record under an alias was created in a window.
func inWindow(alias string, w schema.Window) clause {
	return clause{alias + ".created_at >= :from AND " + alias + ".created_at < :until", windowArgs(w)}
}

func windowArgs(w schema.Window) []any {
	return []any{sql.Named("from", w.From), sql.Named("until", w.Until)}
}

// after adds that the rows under an alias come after a position, if there is one.
func (c *clause) after(alias string, at *schema.Position, descending bool) {
	if at == nil {
		return
	}
	order := ">"
	if descending {
		order = "<"
	}
	c.and("("+alias+".created_at, "+alias+".id) "+order+" (:after_at, :after_id)", afterArgs(at.At, at.ID)...)
}

func afterArgs(at schema.Instant, id string) []any {
	return []any{sql.Named("after_at", at), sql.Named("after_id", id)}
}
