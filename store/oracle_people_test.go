package store

import (
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"glow/schema"
)

// refers calls fn with each reference of a record to a kind.
func refers(r *schema.Record, kind string, fn func(field int)) {
	for i, f := range r.Kind.Fields {
		if f.Type == schema.ID && f.Ref == kind && r.Values[i].Set {
			fn(i)
		}
	}
}

// followed puts those who are meant in the place of merged ids.
func (m *model) followed(records []*schema.Record) []*schema.Record {
	for _, r := range records {
		refers(r, schema.KindProfile, func(i int) {
			if into := m.aliases[r.Values[i].Text]; into != "" {
				r.Values[i].Text = into
			}
		})
	}
	return records
}

// merge makes one person of two.
func (m *model) merge(from, into string) (moved map[string]int64) {
	moved = map[string]int64{}
	next := m.clone()
	for _, kind := range schema.Kinds {
		for id, r := range m.rows[kind.Name] {
			refers(r, schema.KindProfile, func(i int) {
				if r.Values[i].Text == from {
					changed := *r
					changed.Values = slices.Clone(r.Values)
					changed.Values[i].Text = into
					next.rows[kind.Name][id] = &changed
					moved[kind.Name]++
				}
			})
		}
	}
	m.rows = next.rows
	people := m.rows[schema.KindProfile]
	m.change(into, func(r *schema.Record) {
		if email := r.Kind.Field("email"); !r.Values[email].Set {
			r.Values[email] = people[from].Values[email]
		}
		at := r.Kind.Field("department_ids")
		r.Values[at] = listOf(append(slices.Clone(r.Values[at].List), people[from].Values[at].List...))
	})
	delete(people, from)
	for id, meant := range m.aliases {
		if meant == from {
			m.aliases[id] = into
		}
	}
	m.aliases[from] = into
	return moved
}

func listOf(ids []string) schema.Value {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return schema.Value{Set: len(ids) > 0, List: ids}
}

// change changes a copy of a profile, and reports whether it says something else then.
func (m *model) change(id string, fn func(r *schema.Record)) bool {
	old := m.rows[schema.KindProfile][id]
	r := *old
	r.Values = slices.Clone(r.Values)
	fn(&r)
	m.rows[schema.KindProfile][id] = &r
	return !sameValues(old, &r)
}

// deleteOne removes a record. It reports false for a person who has something.
func (m *model) deleteOne(kind, id string) (gone map[string]int64, may bool) {
	switch kind {
	case schema.KindProfile:
		has := false
		for _, into := range m.aliases {
			has = has || into == id
		}
		for _, k := range schema.Kinds {
			for _, r := range m.rows[k.Name] {
				refers(r, schema.KindProfile, func(i int) { has = has || r.Values[i].Text == id })
			}
		}
		if has {
			return nil, false
		}
	case schema.KindDepartment:
		for person := range m.rows[schema.KindProfile] {
			m.change(person, func(r *schema.Record) {
				at := r.Kind.Field("department_ids")
				r.Values[at] = listOf(slices.DeleteFunc(slices.Clone(r.Values[at].List), func(d string) bool { return d == id }))
			})
		}
		delete(m.said, id)
		delete(m.posted, id)
	}
	return m.remove(func(r *schema.Record) bool { return r.Kind.Name == kind && idOf(r) == id }), true
}

// merge merges two people, who may not be there, or not be two.
func (h *randomHistory) merge(t *rapid.T) {
	ids := worldIDs(schema.KindProfile)
	req := schema.MergeRequest{From: rapid.SampledFrom(ids).Draw(t, "from"), Into: rapid.SampledFrom(ids).Draw(t, "into"), DryRun: rapid.IntRange(0, 4).Draw(t, "dry run") == 0}
	if req.From == req.Into {
		return
	}
	before := dump(t, h.s, peopleTables()...)
	got, err := h.s.Merge(ctx, admin, req)
	for _, id := range []string{req.From, req.Into} {
		if h.m.rows[schema.KindProfile][id] == nil {
			code := schema.CodeNotFound
			if h.m.aliases[id] != "" {
				code = schema.CodeConflict
			}
			refused(t, err, code)
			return
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if req.DryRun {
		h.unchanged(t, before)
		return
	}
	same(t, "what moved", got.Moved, h.m.merge(req.From, req.Into))
}

// deleteOne deletes a record that may not be there.
func (h *randomHistory) deleteOne(t *rapid.T) {
	kind := rapid.SampledFrom(drawnKinds).Draw(t, "kind of the deleted").Name
	req := schema.DeleteRequest{Kind: kind, ID: rapid.SampledFrom(worldIDs(kind)).Draw(t, "deleted"), DryRun: rapid.IntRange(0, 4).Draw(t, "dry run") == 0}
	before := dump(t, h.s, peopleTables()...)
	got, err := h.s.Delete(ctx, admin, req)
	if h.m.rows[kind][req.ID] == nil {
		refused(t, err, schema.CodeNotFound)
		return
	}
	next := h.m.clone()
	next.said, next.posted = maps.Clone(h.m.said), maps.Clone(h.m.posted)
	gone, may := next.deleteOne(kind, req.ID)
	if !may {
		refused(t, err, schema.CodeConflict)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	same(t, "what is gone", got.Removed, gone)
	if req.DryRun {
		h.unchanged(t, before)
		return
	}
	h.m = next
}

// setProfiles changes some people, who may not be there.
func (h *randomHistory) setProfiles(t *rapid.T) {
	departments := rapid.Permutation(worldIDs(schema.KindDepartment)).Draw(t, "departments")
	req := schema.SetProfilesRequest{
		ProfileIDs: rapid.SliceOfN(rapid.SampledFrom(worldIDs(schema.KindProfile)), 1, 3).Draw(t, "people"), Active: maybe(t, "active"),
		Role:             rapid.SampledFrom([]string{"", "ta", "RÉSUMÉ"}).Draw(t, "role"),
		AddDepartmentIDs: departments[:rapid.IntRange(0, 2).Draw(t, "add")], RemoveDepartmentIDs: departments[2:][:rapid.IntRange(0, 2).Draw(t, "remove")],
		DryRun: rapid.IntRange(0, 4).Draw(t, "dry run") == 0,
	}
	if req.Validate() != nil {
		return
	}
	before := dump(t, h.s, peopleTables()...)
	got, err := h.s.SetProfiles(ctx, admin, req)
	for _, id := range slices.Concat(req.AddDepartmentIDs, req.RemoveDepartmentIDs) {
		if h.m.rows[schema.KindDepartment][id] == nil {
			refused(t, err, schema.CodeInvalid)
			return
		}
	}
	for _, id := range req.ProfileIDs {
		if h.m.rows[schema.KindProfile][id] == nil {
			if code := schema.ErrorCode(err); code != schema.CodeNotFound && code != schema.CodeConflict {
				t.Fatalf("got %v", err)
			}
			return
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	next, updated := h.m.clone(), int64(0)
	for _, id := range listOf(slices.Clone(req.ProfileIDs)).List {
		changed := next.change(id, func(r *schema.Record) {
			if req.Active != nil {
				r.PutInt("active", count(*req.Active))
			}
			if req.Role != "" {
				r.Put("role", req.Role)
			}
			at := r.Kind.Field("department_ids")
			r.Values[at] = listOf(slices.DeleteFunc(append(slices.Clone(r.Values[at].List), req.AddDepartmentIDs...), func(d string) bool { return slices.Contains(req.RemoveDepartmentIDs, d) }))
		})
		updated += count(changed)
	}
	same(t, "how many people change", got.Updated, updated)
	if req.DryRun {
		h.unchanged(t, before)
		return
	}
	h.m = next
}

// unchanged fails the test when records are not what they were.
func (h *randomHistory) unchanged(t *rapid.T, before string) {
	if after := dump(t, h.s, peopleTables()...); after != before {
		t.Fatalf("a dry run changed something:\n%s", difference(after, before))
	}
}

// peopleTables are the tables of the records, and of what else is changed with people.
func peopleTables() []string { return append(recordTables(), "profile_alias", "profile_department") }

// askDuplicates holds the proposed pairs against a look at every pair.
func (h *randomHistory) askDuplicates(t *rapid.T) {
	got, err := h.s.Duplicates(ctx, schema.DuplicatesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	people := h.m.all(schema.KindProfile)
	words := func(r *schema.Record) string {
		list := strings.Fields(foldSlowly(text(r, "name")))
		slices.Sort(list)
		return strings.Join(list, " ")
	}
	email := func(r *schema.Record) string { return roleSlowly(strings.TrimSpace(text(r, "email"))) }
	for i, a := range people {
		for _, b := range people[i+1:] {
			why := ""
			if email(a) != "" && email(a) == email(b) {
				why += " email"
			}
			if words(a) != "" && words(a) == words(b) {
				why += " name"
			}
			if why != "" {
				want[idOf(a)+" "+idOf(b)] = why
			}
		}
	}
	found := map[string]string{}
	for _, p := range got.Pairs {
		ids := []string{p.People[0].ProfileID, p.People[1].ProfileID}
		slices.Sort(ids)
		found[strings.Join(ids, " ")] = " " + strings.Join(p.Why, " ")
	}
	same(t, "people who are alike", found, want)
	same(t, "how many pairs", got.TotalCount, len(want))
}
