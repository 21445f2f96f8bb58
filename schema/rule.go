package schema

// Rule is a condition on two fields of one record: where both are there, the value
// of High is at least that of Low.
type Rule struct {
	Low, High int    // positions of the fields
	Field     int    // which of them is at fault
	Message   string // reads on after its name
}

// rules are those of every kind that has the two fields.
var rules = []struct{ low, high, fault, message string }{
	{"starts_on", "ends_on", "ends_on", "lies before starts_on"},
	{"created_at", "updated_at", "updated_at", "lies before created_at"},
	{"created_at", "ended_at", "ended_at", "lies before created_at"},
	{"created_at", "completed_at", "completed_at", "lies before created_at"},
	{"cached_input_tokens", "input_tokens", "cached_input_tokens", "is more than input_tokens, of which it is a part"},
}

// rulesOf are the rules by kind.
var rulesOf = func() map[string][]Rule {
	byKind := map[string][]Rule{}
	for _, k := range Kinds {
		for _, r := range rules {
			if low, high := k.Field(r.low), k.Field(r.high); low >= 0 && high >= 0 {
				byKind[k.Name] = append(byKind[k.Name], Rule{Low: low, High: high, Field: k.Field(r.fault), Message: r.message})
			}
		}
	}
	return byKind
}()

// Rules lists what fields of this kind's records say of each other.
func (k *Kind) Rules() []Rule { return rulesOf[k.Name] }
