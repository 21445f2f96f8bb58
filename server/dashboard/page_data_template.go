package dashboard

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"

	"glow/schema"
	"glow/server/formats"
)

const pathTemplate = "/data/template"

// sendTemplate sends an empty table of a kind with a row as an example.
func sendTemplate(p *pageRequest) error {
	kind := schema.KindNamed(p.URL.Query().Get("kind"))
	if kind == nil {
		return schema.Invalid("kind", "is none of %s", strings.Join(schema.KindNames(), ", "))
	}
	as, err := p.askedFormat(p.URL.Query())
	if err != nil {
		return err
	}
	if as == nil {
		return schema.Invalid(paramAs, "is not a format of a file; it is xlsx, excel or csv")
	}
	var file bytes.Buffer
	if err := writeTemplate(&file, kind, as, p.language()); err != nil {
		return err
	}
	h := p.w.Header()
	h.Set("Content-Type", as.contentType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "glow-template-" + kind.Name + as.ext}))
	p.w.WriteHeader(http.StatusOK)
	_, err = p.w.Write(file.Bytes())
	return err
}

func writeTemplate(w io.Writer, kind *schema.Kind, as *fileFormat, lang language.Tag) error {
	table := formats.Template(kind)
	switch as.Key {
	case "csv":
		_, err := formats.WriteCSV(w, table.Fields, table.Rows)
		return err
	case "excel":
		return formats.WriteExcelCSV(w, lang, time.UTC, table)
	}
	return formats.WriteXLSX(w, time.UTC, formats.TemplateFacts(kind), table)
}

// TemplateKinds are the kinds whose records people write by hand, with the titles of their files.
func (d *dataPage) TemplateKinds() (kinds []schema.Option) {
	for _, k := range schema.Kinds {
		if !k.Rare {
			kinds = append(kinds, schema.Option{Value: k.Name, Label: strings.TrimSuffix(k.File, ".csv")})
		}
	}
	return kinds
}
