package cli

import (
	"encoding/json"
	"strings"
	"time"

	"glow/schema"
	"glow/server/formats"
)

// printWorkbook writes the main list of an answer as a workbook, with a sheet that says what
// was asked for.
func (p printer[Req, Resp]) printWorkbook(a *app, zone *time.Location, body []byte, got answer[Resp]) error {
	asked, err := parseObject(body)
	if err != nil {
		return err
	}
	facts := []formats.Fact{{Name: "Time zone", Text: zone.String()}}
	for _, m := range asked {
		facts = append(facts, formats.Fact{Name: m.key, Text: valueText(m.value)})
	}
	if len(asked) == 0 {
		facts = append(facts, formats.Fact{Name: "Filters", Text: "none"})
	}
	if p.facts != nil {
		facts = append(facts, p.facts(&page{zone: zone}, got.value)...)
	}
	_, noun, _ := strings.Cut(a.parsed.Command(), " ")
	return a.printWorkbook(zone, facts, noun, p.list(got.value))
}

// printWorkbook writes a slice of structs, one row each, and a sheet with facts about them.
func (a *app) printWorkbook(zone *time.Location, facts []formats.Fact, name string, list any) error {
	if isTerminal(a.out) {
		return usagef("--xlsx: a workbook is not for a terminal; name a file with -o, or send it into a pipe")
	}
	facts = append([]formats.Fact{
		{Name: "Made by", Text: "glow " + a.parsed.Command()},
		{Name: "Made at", Text: time.Now().In(zone).Format(time.DateTime)},
	}, facts...)
	table := formats.TableOfSlice(name, list)
	table.UseHeadings()
	return formats.WriteXLSX(a.out, zone, facts, table)
}

// valueText shows a value of a request as a person writes it.
func valueText(value json.RawMessage) string {
	var list []string
	if json.Unmarshal(value, &list) == nil {
		return strings.Join(list, ", ")
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// activityFacts say how far the records behind a list of people reach.
func activityFacts(p *page, r schema.ActivityResponse) []formats.Fact {
	facts := []formats.Fact{{Name: "Records reach to", Text: p.timeOrNone(r.DataUntil)}}
	if r.DataUntilDescribed != "" {
		facts = append(facts, formats.Fact{Text: r.DataUntilDescribed})
	}
	return facts
}
