package server

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"glow/schema"
)

// workbookRows are the rows of the first sheet of a workbook, as another program reads them.
func workbookRows(t testing.TB, content string) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.GetRows(f.GetSheetList()[0])
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// The list of a page, in each format, holds the rows that the page counts, all of them, in
// the order of the page.
func TestListsOfPagesAreFiles(t *testing.T) {
	in := withPeople(t, Options{})
	for i := range 230 { // more than a page, and more than are asked for at once
		at := fmt.Sprintf("2025-03-02T10:%02d:%02dZ", i/60, i%60)
		in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeJSON,
			fmt.Sprintf(`[{"kind":"session","id":"x%03d","profile_id":"ann","created_at":%q},{"kind":"problem","id":"y%03d","session_id":"x%03[1]d","profile_id":"ann","type":"t","message":"=m","created_at":%[2]q}]`, i, at, i)))
	}
	g := in.signedIn(schema.RoleAdmin)
	for path, want := range map[string]struct {
		column string
		values func() []string
	}{
		"/sessions?range=all&order=asc&person=ann": {"session_id", func() []string {
			return idsOf(in, schema.Sessions.Path, `{"profile_id":"ann","sort_order":"asc","page_size":200,"page":%d}`, "session_id")
		}},
		"/problems?state=all&range=all": {"problem_id", func() []string {
			return idsOf(in, schema.Problems.Path, `{"page_size":200,"page":%d}`, "problem_id")
		}},
	} {
		ids := want.values()
		if len(ids) <= 200 {
			t.Fatalf("%s: only %d rows", path, len(ids))
		}
		plain := in.want(http.StatusOK, g.open(path+"&as=csv"))
		rows, err := csv.NewReader(strings.NewReader(plain.body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if got := columnOf(rows, want.column); !slices.Equal(got, ids) {
			t.Errorf("%s as CSV: %d rows %v, want %d %v", path, len(got), got[:3], len(ids), ids[:3])
		}
		book := in.want(http.StatusOK, g.open(path+"&as=xlsx"))
		if got := columnOf(workbookRows(t, book.body), map[string]string{"session_id": "Session ID", "problem_id": "Problem ID"}[want.column]); !slices.Equal(got, ids) {
			t.Errorf("%s as XLSX: %d rows, want %d", path, len(got), len(ids))
		}
		if name := book.Header.Get("Content-Disposition"); !strings.HasSuffix(name, `.xlsx"`) || book.Header.Get("Content-Type") != schema.TypeXLSX {
			t.Errorf("%s: %q of the type %q", path, name, book.Header.Get("Content-Type"))
		}
	}
	g.header.Set("Accept-Language", "de-DE,de;q=0.9")
	if a := in.want(http.StatusOK, g.open("/?range=all&as=excel")); !strings.HasPrefix(a.body, "\ufeffProfile ID;Profile name;") || !strings.Contains(a.body, ";ann@example.org;") {
		t.Errorf("people as CSV for a German Excel: %q", a.body)
	}
}

func idsOf(in *instance, path, body, key string) (ids []string) {
	for page := 1; ; page++ {
		var list struct {
			Data       []map[string]any `json:"data"`
			TotalPages int              `json:"total_pages"`
		}
		in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, path, fmt.Sprintf(body, page))), &list)
		for _, row := range list.Data {
			ids = append(ids, row[key].(string))
		}
		if page >= list.TotalPages {
			return ids
		}
	}
}

func columnOf(rows [][]string, name string) (cells []string) {
	at := slices.Index(rows[0], name)
	if at < 0 {
		return append([]string{"no column " + name}, rows[0]...)
	}
	for _, row := range rows[1:] {
		cells = append(cells, row[at])
	}
	return cells
}

// A file holds what its caller may see, is on the audit list, and is never another one than
// was asked for.
func TestListFilesKeepTheRulesOfExports(t *testing.T) {
	in := withPeople(t, Options{})
	viewer := in.signedIn(schema.RoleViewer)
	people := workbookRows(t, in.want(http.StatusOK, viewer.open("/?range=all&as=xlsx")).body)
	if got := columnOf(people, "Profile ID"); slices.Contains(got, "bob") || !slices.Contains(got, "ann") {
		t.Errorf("a viewer of Computing gets %v", got)
	}
	admin := in.signedIn(schema.RoleAdmin)
	audit := in.want(http.StatusOK, admin.open("/access?as=csv&action=export"))
	if !strings.Contains(audit.body, `""list"":""people""`) || !strings.Contains(audit.body, `""complete"":true`) {
		t.Errorf("the audit list: %s", audit.body)
	}
	in.want(http.StatusOK, admin.open("/?range=all&as=csv&search=Ann"))
	if audit := admin.open("/access?as=csv&action=export"); strings.Contains(audit.body, `Ann`) {
		t.Errorf("the audit list has what somebody searched for: %s", audit.body)
	}
	in.want(http.StatusOK, admin.open("/sessions?range=all&as=csv&person=ann"))
	if audit := admin.open("/access?as=csv&action=export"); !strings.Contains(audit.body, `""profile_id"":""ann""`) {
		t.Errorf("forgetting Ann would not find her on the audit list: %s", audit.body)
	}
	for path, want := range map[string]string{
		"/?as=pdf": "as", "/sessions?as=csv&range=never": "range", "/sessions?as=csv&persn=ann": "persn", "/problems?as=xlsx&size=x": "size",
	} {
		if a := in.want(http.StatusUnprocessableEntity, admin.open(path)); !strings.Contains(a.body, want) {
			t.Errorf("%s: the page does not name %s", path, want)
		}
	}
}
