package store

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"glow/schema"
)

// preview is what an import tells of its input beside counts.
type preview struct {
	first, last schema.Instant // of the records, or of the rows of a log
	dated       bool           // there are such times
	samples     map[*schema.Kind][]schema.Record
	newPeople   []schema.NewPerson
	renamed     []schema.RenamedPerson
	people      *schema.PeopleCount
}

// noteTime notes when a record or a row of the input is of.
func (w *preview) noteTime(at schema.Instant) {
	if !w.dated {
		w.first, w.last, w.dated = at, at, true
		return
	}
	w.first, w.last = min(w.first, at), max(w.last, at)
}

// sample passes records on, notes their times, and keeps the first of each kind for the answer
// of a dry run. The times of a log are those of its rows, since its records are also made of
// rows that were there before.
func (p *put) sample(records iter.Seq2[*schema.Record, error]) iter.Seq2[*schema.Record, error] {
	if p.o.Live {
		return records
	}
	return func(yield func(*schema.Record, error) bool) {
		for r, err := range records {
			if err == nil {
				if p.log == nil && r.Kind.Timed() {
					p.preview.noteTime(schema.Instant(r.Get("created_at").Int))
				}
				if p.o.DryRun && len(p.preview.samples[r.Kind]) < schema.MaxPreviewRecords {
					p.preview.keep(r)
				}
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func (w *preview) keep(r *schema.Record) {
	if w.samples == nil {
		w.samples = map[*schema.Kind][]schema.Record{}
	}
	kept := *r
	kept.Values = slices.Clone(r.Values)
	w.samples[r.Kind] = append(w.samples[r.Kind], kept)
}

// countPeople counts the people in the input, each once, and how many of them are known.
func (p *put) countPeople(t *tx, people *table) error {
	if p.o.Live {
		return nil
	}
	n := schema.PeopleCount{}
	err := t.QueryRow([]any{&n.All, &n.Known}, `SELECT count(*), ifnull(sum(id IN (SELECT id FROM profile)), 0)
		FROM (SELECT DISTINCT ifnull((`+meant+`t.id), t.id) AS id FROM `+people.stage+` t)`)
	p.preview.people = &n
	return err
}

// noteRenamed lists known people to whom a dry run gives another name: a list that uses ids
// differently makes one person another.
func (p *put) noteRenamed(t *tx, people *table) error {
	if !p.o.DryRun || people.kind.Name != schema.KindProfile {
		return nil
	}
	return t.Query(func(scan func(...any) error) error {
		var one schema.RenamedPerson
		err := scan(&one.ProfileID, &one.Name, &one.NewName)
		p.preview.renamed = append(p.preview.renamed, one)
		return err
	}, `SELECT k.id, k.name, t.name FROM `+people.stage+` t CROSS JOIN profile k ON k.id = t.id WHERE t.name IS NOT k.name ORDER BY k.key LIMIT ?`, schema.MaxPreviewPeople)
}

// noteNewPeople lists the people whom a dry run added, with somebody known who is alike.
func (p *put) noteNewPeople(t *tx, table *table, before int64) error {
	if !p.o.DryRun || table.kind.Name != schema.KindProfile {
		return nil
	}
	err := t.Query(func(scan func(...any) error) error {
		var one schema.NewPerson
		err := scan(&one.ProfileID, &one.Name, &one.Email)
		p.preview.newPeople = append(p.preview.newPeople, one)
		return err
	}, `SELECT id, name, email FROM profile WHERE key > ? ORDER BY key`, before)
	if err != nil || before == 0 || len(p.preview.newPeople) == 0 {
		return err
	}
	known, err := t.readProfiles(`WHERE key <= ?`, before)
	if err != nil {
		return err
	}
	byName, byEmail := map[string]schema.KnownAs{}, map[string]schema.KnownAs{}
	for _, one := range known.people {
		if isViewer(one.id) {
			continue
		}
		as := schema.KnownAs{ProfileID: one.id, Name: one.Name}
		words := nameWords(schema.Fold(one.Name))
		if _, namesake := byName[words]; namesake {
			as = schema.KnownAs{Name: one.Name} // nobody alone
		}
		byName[words] = as
		as.ProfileID = one.id
		if one.Email != nil {
			byEmail[foldedEmail(*one.Email)] = as
		}
	}
	for i := range p.preview.newPeople {
		one := &p.preview.newPeople[i]
		as, alike := byName[nameWords(schema.Fold(one.Name))]
		if one.Email != nil {
			if of, found := byEmail[foldedEmail(*one.Email)]; found {
				as, alike = of, true
			}
		}
		if alike && as.ProfileID != "" {
			one.Alike = &as
		}
	}
	slices.SortStableFunc(p.preview.newPeople, func(a, b schema.NewPerson) int { return cmp.Compare(count(a.Alike == nil), count(b.Alike == nil)) })
	return nil
}

// nameWords are the words of a folded name in order: "Lee, Ann" is "Ann Lee".
func nameWords(folded string) string {
	words := strings.Fields(folded)
	slices.Sort(words)
	return strings.Join(words, " ")
}

func foldedEmail(email string) string { return schema.FoldCase(strings.TrimSpace(email)) }

// answer puts what was noted into the answer of an import.
func (w *preview) answer(r *schema.ImportResponse, zone *time.Location) {
	if r.People = w.people; w.dated {
		r.FirstAt, r.LastAt = &w.first, &w.last
	}
	if !r.DryRun {
		return
	}
	r.Preview = &schema.ImportPreview{Records: []schema.PreviewRecords{}, NewPeople: w.newPeople[:min(len(w.newPeople), schema.MaxPreviewPeople)], Renamed: w.renamed}
	if r.Preview.NewPeople == nil {
		r.Preview.NewPeople = []schema.NewPerson{}
	}
	if w.renamed == nil {
		r.Preview.Renamed = []schema.RenamedPerson{}
	}
	for _, kind := range schema.Kinds {
		if records := w.samples[kind]; len(records) > 0 {
			r.Preview.Records = append(r.Preview.Records, previewOf(kind, records, zone))
		}
	}
}

// previewOf writes records as they would stand in a CSV, but for times by the instance's clock,
// without the fields that none has.
func previewOf(kind *schema.Kind, records []schema.Record, zone *time.Location) schema.PreviewRecords {
	shown := schema.PreviewRecords{Kind: kind.Name, Rows: make([][]string, len(records))}
	for i := range kind.Fields {
		f := &kind.Fields[i]
		if !slices.ContainsFunc(records, func(r schema.Record) bool { return r.Values[i].Set }) {
			continue
		}
		shown.Fields = append(shown.Fields, f.Name)
		for at, r := range records {
			text := string(f.Append(nil, r.Values[i]))
			if f.Type == schema.Time && r.Values[i].Set {
				text = schema.Instant(r.Values[i].Int).Time().In(zone).Format(time.DateTime)
			}
			shown.Rows[at] = append(shown.Rows[at], text)
		}
	}
	return shown
}
