package schema

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Filter narrows every number of an answer to some people and a window.
// The tags serve the JSON decoder, the flags of the command line and the
// OpenAPI document alike.
type Filter struct {
	DateFrom      string   `json:"date_from,omitempty" placeholder:"TIME" help:"First day (2025-06-30, in the instance's time zone) or instant (RFC 3339) that counts."`
	DateTo        string   `json:"date_to,omitempty" placeholder:"TIME" help:"Last day or instant that counts; it belongs to the window."`
	Term          string   `json:"term,omitempty" placeholder:"ID" help:"Id of a term: its days, within the other dates."`
	DepartmentIDs []string `json:"department_ids,omitempty" name:"department-ids" placeholder:"ID" help:"People of any of these departments."`
	Roles         []string `json:"roles,omitempty" placeholder:"ROLE" help:"People of any of these roles, in any case."`
	RoleIDs       []string `json:"role_ids,omitempty" name:"role-ids" alias:"roles" hidden:"" placeholder:"ROLE" help:"Another name of roles."`
}

// MergeNames moves what a request says under another name of a key to the key itself. It
// is called where a request is decoded, so that nothing behind it knows the other name.
func MergeNames(request any) {
	if r, ok := request.(interface{ mergeNames() }); ok {
		r.mergeNames()
	}
}

func (f *Filter) mergeNames() {
	if len(f.Roles) == 0 {
		f.Roles = f.RoleIDs
	}
	f.RoleIDs = nil
}

// Window reads the two dates; the term is the store's to look up.
func (f *Filter) Window(zone *time.Location) (Window, error) {
	return ParseWindow(f.DateFrom, f.DateTo, zone)
}

// Paging chooses one page of a list.
type Paging struct {
	Page     *int `json:"page,omitempty" minimum:"1" maximum:"1000000000" help:"Page, from 1. Default 1."`
	PageSize *int `json:"page_size,omitempty" minimum:"1" maximum:"200" help:"Rows a page. Default 50."`
}

// defaultPageSize is the page size of a request that names none.
const defaultPageSize = 50

// Number and Size return the page and its size with defaults filled in.
func (p Paging) Number() int { return valueOr(p.Page, 1) }
func (p Paging) Size() int   { return valueOr(p.PageSize, defaultPageSize) }

// Page is what every paged answer says beside its data.
type Page struct {
	TotalCount int64 `json:"total_count"`
	Page       int   `json:"page"`
	PageSize   int   `json:"page_size"`
	TotalPages int64 `json:"total_pages"`
}

// Of returns the Page for a total count of rows.
func (p Paging) Of(total int64) Page {
	size := int64(p.Size())
	return Page{TotalCount: total, Page: p.Number(), PageSize: p.Size(), TotalPages: (total + size - 1) / size}
}

// Orders of a list.
const (
	Ascending  = "asc"
	Descending = "desc"
)

func valueOr[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// checkTags holds the fields of a request against what their tags say, which the
// OpenAPI document says too: oneof, and minimum with maximum; and a field that is
// another name (alias) of a list with that list. What is left out is never at fault.
func checkTags(request any) error {
	v := reflect.ValueOf(request)
	for _, f := range jsonFields(v.Type()) {
		field := v.FieldByIndex(f.Index)
		if field.IsZero() {
			continue
		}
		name, _ := jsonName(f)
		var err error
		switch value := field.Interface().(type) {
		case string:
			if words := choicesOf(f); words != nil {
				err = checkOneOf(name, value, words...)
			}
		case *int:
			err = checkRange(name, value, f.Tag)
		case []string:
			err = checkAlias(v, name, f.Tag.Get("alias"), value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// EmptyText says of a text in a request that it is empty: a filter that was forgotten
// must not answer for everybody.
const EmptyText = "is empty; leave it out, or say what it is to be"

// choicesOf lists the values that a field may have; nil when there is no list.
func choicesOf(f reflect.StructField) []string {
	if words := f.Tag.Get("oneof"); words != "" {
		return strings.Split(words, ",")
	}
	return nil
}

func checkRange(field string, p *int, bounds reflect.StructTag) error {
	low, errLow := strconv.Atoi(bounds.Get("minimum"))
	high, errHigh := strconv.Atoi(bounds.Get("maximum"))
	if errLow == nil && errHigh == nil && (*p < low || *p > high) {
		return Invalid(field, "%d is out of range; %d to %d", *p, low, high)
	}
	return nil
}

// checkAlias refuses two names of one list that say different things.
func checkAlias(request reflect.Value, name, alias string, list []string) error {
	for _, f := range jsonFields(request.Type()) {
		if other, _ := jsonName(f); other != alias {
			continue
		}
		said, _ := request.FieldByIndex(f.Index).Interface().([]string)
		if len(list) > 0 && len(said) > 0 && !slices.Equal(list, said) {
			return Invalid(name, "is another name of %s, which says something else; leave one of them out", alias)
		}
	}
	return nil
}

func checkOneOf(field, value string, allowed ...string) error {
	if value == "" {
		return nil
	}
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return Invalid(field, "%q is not one of %s", Clip(value), joinQuoted(allowed))
}
