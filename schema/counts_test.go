package schema

import (
	"reflect"
	"strings"
	"testing"
)

// numberKeys returns the JSON keys of a struct's fields of type int64.
func numberKeys(of any) (keys []string) {
	for _, f := range reflect.VisibleFields(reflect.TypeOf(of)) {
		if f.Type == reflect.TypeFor[int64]() {
			keys = append(keys, f.Tag.Get("json"))
		}
	}
	return keys
}

func TestEveryNumberOfAPersonsRowIsAPersonCountUnderItsKey(t *testing.T) {
	var row ProfileSummary
	v := reflect.ValueOf(&row).Elem()
	var keys []string
	for _, c := range RowCounts() {
		keys = append(keys, c.Key)
		*c.InRow(&row) = 1
		for i := range v.NumField() {
			if key := v.Type().Field(i).Tag.Get("json"); v.Field(i).CanInt() && (v.Field(i).Int() == 1) != (key == c.Key) {
				t.Errorf("%s sets %s to %v", c.Key, key, v.Field(i))
			}
		}
		row = ProfileSummary{}
	}
	if want := numberKeys(row); !reflect.DeepEqual(keys, want) {
		t.Errorf("PersonCounts has %v, ProfileSummary %v", keys, want)
	}
}

func TestEveryTotalButThatOfActivePeopleIsAPersonCountUnderItsKey(t *testing.T) {
	var total Counts
	v := reflect.ValueOf(&total).Elem()
	inTotals := 1 // the active people are no sum over people
	for _, c := range PersonCounts {
		if c.InTotal == nil {
			continue
		}
		inTotals++
		*c.InTotal(&total) = 1
		for i := range v.NumField() {
			if key := v.Type().Field(i).Tag.Get("json"); (v.Field(i).Int() == 1) != (key == c.Key) {
				t.Errorf("%s sets %s to %v", c.Key, key, v.Field(i))
			}
		}
		total = Counts{}
	}
	if inTotals != v.NumField() {
		t.Errorf("PersonCounts has %d totals, Counts %d", inTotals, v.NumField())
	}
}

func TestPeopleCanBeSortedByEveryNumberOfTheirRow(t *testing.T) {
	f, _ := reflect.TypeFor[ActivityRequest]().FieldByName("SortBy")
	for _, c := range RowCounts() {
		if !strings.Contains(","+f.Tag.Get("oneof")+",", ","+c.Key+",") {
			t.Errorf("sort_by does not take %s", c.Key)
		}
	}
}
