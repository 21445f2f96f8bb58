package dashboard

import (
	"cmp"
	"io"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"glow/schema"
	"glow/server/formats"
)

// paramAs asks for the list of a page as a file, in one of fileFormats.
const paramAs = "as"

// fileFormat is a form in which the list of a page can be downloaded.
type fileFormat struct{ Key, Label, ext, contentType string }

// fileFormats are an Excel workbook, a CSV that Excel opens in the browser's language, and a CSV
// for programs.
var fileFormats = []fileFormat{
	{"xlsx", "Excel (XLSX)", ".xlsx", schema.TypeXLSX},
	{"excel", "CSV for Excel", ".csv", schema.TypeCSV + "; charset=utf-8; header=present"},
	{"csv", "CSV for programs", ".csv", schema.TypeCSV + "; charset=utf-8; header=present"},
}

// File is a file that a page offers.
type File struct {
	Name        string
	ContentType string
	Detail      map[string]any // of the audit list
	Write       func(io.Writer) error
}

// listFile is a list of a page that is to be downloaded.
type listFile struct {
	noun   string
	filter *Filter        // nil: the list has none
	person *schema.Person // whose list it is; nil: of all that the filter leaves
	row    any            // a row with nothing in it, which says what the columns are
	rows   iter.Seq2[any, error]
}

// askedFormat returns the format in which the page's list is asked for, and takes it out of
// the parameters that links keep; nil where the page itself is asked for. A file is kept: it
// must not be another one than was asked for.
func (p *pageRequest) askedFormat(q url.Values) (*fileFormat, error) {
	key := q.Get(paramAs)
	q.Del(paramAs)
	if key == "" {
		return nil, nil
	}
	at := slices.IndexFunc(fileFormats, func(f fileFormat) bool { return f.Key == key })
	if at < 0 {
		return nil, schema.Invalid(paramAs, "is not a format of a file; it is xlsx, excel or csv")
	}
	if len(p.notes) > 0 {
		return nil, schema.Errorf(schema.CodeInvalid, "%s", p.notes[0])
	}
	return &fileFormats[at], nil
}

// paramList names one of the lists of a page that has several; the first where it is not given.
const paramList = "list"

// sliceList is a list of a page that is known whole.
func sliceList[T any](noun string, filter *Filter, rows []T) listFile {
	var row T
	return listFile{noun: noun, filter: filter, row: row, rows: allPages(func(string) ([]T, *string, error) { return rows, nil, nil })}
}

// sendNamed sends the list of a page that its address names.
func (p *pageRequest) sendNamed(as *fileFormat, q url.Values, lists ...listFile) error {
	name := cmp.Or(q.Get(paramList), lists[0].noun)
	q.Del(paramList)
	nouns := []string{}
	for _, list := range lists {
		if list.noun == name {
			return p.sendList(as, list, q)
		}
		nouns = append(nouns, list.noun)
	}
	return schema.Invalid(paramList, "is not a list of this page; it has %s", strings.Join(nouns, ", "))
}

// FilesOf leads to the files of a list of the page; of its only one where list is empty.
func (l *layout) FilesOf(list string) (links []navLink) {
	for _, as := range fileFormats {
		links = append(links, navLink{Label: as.Label, Path: l.Link(paramList, list, paramAs, as.Key, "page", "")})
	}
	return links
}

// sendList sends all rows of a list, as the page's filters choose and order them. What else
// narrows it stands in the page's parameters q.
func (p *pageRequest) sendList(as *fileFormat, list listFile, q url.Values) error {
	p.leave() // a download takes a place of downloads, not one of pages
	done, err := p.d.o.Limits.Downloads(p.Context())
	if err != nil {
		return err
	}
	defer done()
	now := p.d.store.Now().In(p.d.store.Zone())
	facts, err := p.factsOf(list, q, now)
	if err != nil {
		return err
	}
	table := formats.TableOf(list.noun, list.row, list.rows)
	detail := map[string]any{"list": list.noun, "format": as.Key}
	if list.filter != nil {
		detail["filters"] = list.filter.Schema()
	}
	for key := range ownKeys(q) {
		detail[key] = q.Get(key)
	}
	if id, ok := detail["person"]; ok { // under the key by which forgetting a person finds it
		delete(detail, "person")
		detail["profile_id"] = id
	}
	if q.Has("search") { // the audit list has no text that somebody wrote
		detail["search"] = true
	}
	return p.d.host.Attach(p.w, p.Request, p.caller, File{
		Name: "glow-" + list.noun + now.Format("-2006-01-02") + as.ext, ContentType: as.contentType, Detail: detail,
		Write: func(w io.Writer) error {
			if as.Key == "csv" {
				_, err := formats.WriteCSV(w, table.Fields, table.Rows)
				return err
			}
			table.UseHeadings()
			if as.Key == "excel" {
				return formats.WriteExcelCSV(w, p.language(), p.d.store.Zone(), table)
			}
			return formats.WriteXLSX(w, p.d.store.Zone(), facts, table)
		},
	})
}

// language is the one that the browser asks for first.
func (p *pageRequest) language() language.Tag {
	asked, _, err := language.ParseAcceptLanguage(p.Header.Get("Accept-Language"))
	if err != nil || len(asked) == 0 {
		return language.English
	}
	return asked[0]
}

// factsOf say what a file holds: whose records, of when, how far they reach.
func (p *pageRequest) factsOf(list listFile, q url.Values, now time.Time) ([]formats.Fact, error) {
	facts := []formats.Fact{{Name: "Made at", Text: now.Format(time.DateTime)}, {Name: "Time zone", Text: p.d.store.Zone().String()}}
	if f := list.filter; f != nil {
		who, reach, err := p.peopleOf(list)
		if err != nil {
			return nil, err
		}
		facts = append(facts, formats.Fact{Name: "Window", Text: f.Label()}, formats.Fact{Name: "Days", Text: f.Span()},
			formats.Fact{Name: "People", Text: who}, formats.Fact{Name: "Records reach to", Text: reach})
	}
	for key := range ownKeys(q) {
		facts = append(facts, formats.Fact{Name: formats.Heading(key), Text: q.Get(key)})
	}
	return facts, nil
}

// peopleOf says whose records a list is of, and up to when these are known to be complete.
func (p *pageRequest) peopleOf(list listFile) (who, reach string, err error) {
	if list.person != nil {
		return list.person.Name, p.reachText(list.person.DataUntil), nil
	}
	answer, err := p.d.store.Activity(p.Context(), p.scope(), schema.ActivityRequest{Filter: list.filter.Schema(), PageLimit: pointer(0)})
	return cmp.Or(list.filter.Who(), "all that you may see"), p.reachText(answer.DataUntil), err
}

func (p *pageRequest) reachText(until *schema.Instant) string {
	if until == nil {
		return "unknown"
	}
	return until.Time().In(p.d.store.Zone()).Format(time.DateTime)
}

// ownKeys yields the parameters of a page that are not those of the filter, in order.
func ownKeys(q url.Values) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, key := range slices.Sorted(maps.Keys(q)) {
			if !slices.Contains(FilterKeys, key) && key != "page" && key != "size" && key != paramCursor && !yield(key) {
				return
			}
		}
	}
}

// maxListPage is how many rows of a list are asked for at once.
const maxListPage = 200

// allPages yields the rows of all pages of a list. ask returns those of the page that begins at a
// cursor, the first at "", and the cursor of the next.
func allPages[T any](ask func(cursor string) ([]T, *string, error)) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for cursor := ""; ; {
			rows, next, err := ask(cursor)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
			if next == nil {
				return
			}
			cursor = *next
		}
	}
}
