package dashboard

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The tests of this file keep the templates and the styles readable: short lines,
// and nothing that nothing uses.

const longestLine = 120

func TestLinesOfTemplatesStylesAndScriptAreShort(t *testing.T) {
	for name, text := range sources(t, "templates/*.html", "static/app.css", "static/app.js") {
		for i, line := range strings.Split(text, "\n") {
			if n := len([]rune(line)); n > longestLine {
				t.Errorf("%s:%d has %d characters, more than %d", name, i+1, n, longestLine)
			}
		}
	}
}

// made are the classes whose ends are put together from data: the shade of a cell,
// the type of an event, the number of a line of the chart, the level of a heading.
var made = regexp.MustCompile(`^(s[0-5]?|e-\w*|k[0-3]|level-[0-9]?)$`)

// vendored are classes of the libraries.
var vendored = []string{"htmx-request"}

func TestClassesOfStylesAreUsed(t *testing.T) {
	used := classesOfTemplates(t)
	var code string
	for _, text := range sources(t, "*.go", "static/app.js") {
		code += text
	}
	for class := range classesOfStyles(t) {
		named := regexp.MustCompile(`["'. ]` + regexp.QuoteMeta(class) + `["'. >]`)
		if !used[class] && !made.MatchString(class) && !slices.Contains(vendored, class) && !named.MatchString(code) {
			t.Errorf("app.css has .%s, which no template, view or script uses", class)
		}
	}
}

func TestClassesOfTemplatesHaveStyles(t *testing.T) {
	styled := classesOfStyles(t)
	for class := range classesOfTemplates(t) {
		if !styled[class] && !made.MatchString(class) {
			t.Errorf("a template uses the class %s, which app.css does not have", class)
		}
	}
}

func TestEveryBlockOfATemplateIsUsed(t *testing.T) {
	// What the server asks for by name, and what the layout puts in.
	used := map[string]bool{"layout": true, "holdings": true}
	texts := sources(t, "templates/*.html")
	for _, text := range texts {
		for _, m := range regexp.MustCompile(`{{-? *template "([^"]+)"`).FindAllStringSubmatch(text, -1) {
			used[m[1]] = true
		}
	}
	for name, text := range texts {
		for _, m := range regexp.MustCompile(`{{-? *define "([^"]+)"`).FindAllStringSubmatch(text, -1) {
			if !used[m[1]] {
				t.Errorf("%s defines %q, which nothing uses", name, m[1])
			}
		}
	}
}

// classesOfStyles are the classes that app.css names.
func classesOfStyles(t *testing.T) map[string]bool {
	t.Helper()
	css := sources(t, "static/app.css")[filepath.Join("static", "app.css")]
	css = regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(css, "")
	css = regexp.MustCompile(`(?m)^\s+[\w-]+:[^{]*?;$`).ReplaceAllString(css, "")
	classes := map[string]bool{}
	for _, m := range regexp.MustCompile(`\.([a-zA-Z][\w-]*)`).FindAllStringSubmatch(css, -1) {
		classes[m[1]] = true
	}
	return classes
}

// classesOfTemplates are the classes that templates name, whatever they depend on.
func classesOfTemplates(t *testing.T) map[string]bool {
	t.Helper()
	classes := map[string]bool{}
	action := regexp.MustCompile(`{{.*?}}`)
	attribute := regexp.MustCompile(`class="((?:{{.*?}}|[^"])*)"`)
	for _, text := range sources(t, "templates/*.html") {
		for _, m := range attribute.FindAllStringSubmatch(text, -1) {
			for _, class := range strings.Fields(action.ReplaceAllString(m[1], " ")) {
				classes[class] = true
			}
		}
	}
	return classes
}

// sources are the texts of the files of this folder that match, without tests.
func sources(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range patterns {
		names, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("nothing matches %s (%v)", pattern, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			texts[filepath.FromSlash(name)] = string(text)
		}
	}
	return texts
}
