package manual

import (
	"bytes"
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

var markdown = goldmark.New(
	goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()),
)

// HTML renders a topic. base is the address of the manual, such as /help: links to
// other topics and to pictures lead below it. Raw HTML in the Markdown is left out.
func (t Topic) HTML(base string) (template.HTML, error) {
	source := []byte(t.Text)
	doc := markdown.Parser().Parse(text.NewReader(source), parser.WithContext(parser.NewContext(parser.WithIDs(anchors{}))))
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			n.Destination = address(base, n.Destination)
		case *ast.Image:
			n.Destination = address(base, n.Destination)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := markdown.Renderer().Render(&b, source, doc); err != nil {
		return "", err
	}
	// What is wider than a phone scrolls by itself, by keyboard too.
	wide := strings.NewReplacer("<table>", `<div class="scroll" tabindex="0"><table>`, "</table>", "</table></div>", "<pre>", `<pre tabindex="0">`)
	return template.HTML(wide.Replace(b.String())), nil //nolint:gosec // made of the program's own files
}

// address is where a link of a topic leads in the browser.
func address(base string, destination []byte) []byte {
	to := string(destination)
	if strings.HasPrefix(to, "#") || strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
		return destination
	}
	return []byte(base + "/" + strings.Replace(to, ".md", "", 1))
}

// anchors gives headings the ids that GitHub gives them.
type anchors struct{}

func (anchors) Generate(value []byte, _ ast.NodeKind) []byte { return []byte(anchor(string(value))) }
func (anchors) Put([]byte)                                   {}
