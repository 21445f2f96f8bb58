package dashboard

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"

	"glow/schema"
)

//go:embed templates/*.html
var templateFiles embed.FS

// AssetPath is where static files are served.
const AssetPath = "/static/"

// pages are the templates, each within the layout.
var pages = sync.OnceValue(func() map[string]*template.Template {
	layout := template.Must(template.New("").Funcs(functions).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html"))
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		panic(err)
	}
	made := map[string]*template.Template{}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if name != "layout" && name != "parts" {
			made[name] = template.Must(template.Must(layout.Clone()).ParseFS(templateFiles, file))
		}
	}
	return made
})

// Render makes a page whole, or not at all.
func Render(page string, data any) ([]byte, error) { return render(page, "layout", data) }

// RenderPart makes one block of a page.
func RenderPart(page, block string, data any) ([]byte, error) { return render(page, block, data) }

func render(page, block string, data any) ([]byte, error) {
	var b bytes.Buffer
	err := pages()[page].ExecuteTemplate(&b, block, data)
	return b.Bytes(), err
}

// checkbox is an option of a form, of which several can be chosen.
type checkbox struct {
	schema.Option
	Checked bool
}

// functions are what templates call beside the methods of their data.
var functions = template.FuncMap{
	"asset":    func(name string) string { return AssetPath + name + "?v=" + Assets()[name].Version },
	"number":   Number[int64],
	"int":      Number[int],
	"percent":  percent,
	"box":      func(o schema.Option, checked bool) checkbox { return checkbox{o, checked} },
	"int64":    func(n int) int64 { return int64(n) },
	"cell":     cell,
	"badcell":  badCell,
	"money":    money,
	"costcell": costCell,
	"session":  func(id string) string { return pathOf("/sessions/", id) },
	"import":   ImportPath,
	"person":   func(id string) string { return pathOf("/people/", id) },
	"pair":     func(page, of any) []any { return []any{page, of} },
	"join":     strings.Join,
	"role":     roleName,
	"state":    func(p *bool) string { return stateOf(p) },
	"event":    describeEvent,
	"kind":     kindName,
	"action":   actionName,
	"size":     Size,
}

// Policy is the Content-Security-Policy of every page: nothing from elsewhere,
// no script or style but of files.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
