package server

import (
	"net/http"
	"testing"

	"glow/schema"
)

// The templates of all kinds can be imported as they are, in each form, one after the other.
func TestTemplatesAreTakenAsTheyAre(t *testing.T) {
	for _, as := range []string{"csv", "excel", "xlsx"} {
		in := newInstance(t, Options{})
		g := in.signedIn(schema.RoleAdmin)
		for _, kind := range schema.Kinds {
			file := g.open("/data/template?kind=" + kind.Name + "&as=" + as)
			in.want(http.StatusOK, file)
			contentType := schema.TypeCSV
			if as == "xlsx" {
				contentType = schema.TypeXLSX
			}
			in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import?as="+kind.Name, contentType, file.body))
			if n := in.count(kind.Name); n != 1 {
				t.Errorf("%s as %s: %d records", kind.Name, as, n)
			}
		}
	}
	g := newInstance(t, Options{}).signedIn(schema.RoleAdmin)
	for _, wrong := range []string{"", "?kind=people&as=csv", "?kind=profile", "?kind=profile&as=pdf"} {
		if a := g.open("/data/template" + wrong); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%q: status %d", wrong, a.StatusCode)
		}
	}
}
