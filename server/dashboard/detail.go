package dashboard

import (
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
)

// detailOf prints the detail of an audit entry as pairs, nested ones as JSON.
func detailOf(detail map[string]any) template.HTML {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(detail)) {
		text, empty := detailText(detail[key])
		if empty {
			continue
		}
		fmt.Fprintf(&b, `<span class="pair"><span class="key">%s</span> %s</span> `,
			template.HTMLEscapeString(strings.ReplaceAll(key, "_", " ")), template.HTMLEscapeString(text))
	}
	return template.HTML(b.String()) //nolint:gosec // escaped above
}

func detailText(v any) (text string, empty bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, v == ""
	case float64:
		return Number(int64(v)), false
	case bool:
		return fmt.Sprint(v), false
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "", true
	}
	return string(b), string(b) == "{}" || string(b) == "[]"
}
