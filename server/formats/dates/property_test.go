package dates

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A form prints wall clocks as some program does.
type form struct {
	order  Order // "" for forms that need none
	layout string
}

var forms = []form{
	{DMY, "02/01/06, 15:04"}, {DMY, "2/01/06, 15:04:05"}, {DMY, "2/1/2006 3:04 PM"}, {DMY, "02-01-2006 15:04:05"}, {DMY, "2.1.2006 15:04"},
	{MDY, "01/02/06, 15:04"}, {MDY, "01/2/06, 15:04"}, {MDY, "1/2/2006 3:04:05 PM"}, {MDY, "1-2-06 15:04"},
	{"", "2006-01-02 15:04:05"}, {"", "2006/1/2 15:04"}, {"", "2 January 2006, 15:04"}, {"", "Jan 2, 2006, 3:04 PM"},
	{"", "Monday, 2 January 06, 3:04:05 PM"}, {"", "15:04 2 Jan 2006"}, {"", "Mon Jan _2 15:04:05 2006"},
}

// drawLog draws instants as a log has them: some apart by minutes, some by months,
// many around a night in which the clocks are put back.
func drawLog(t *rapid.T, name string) []time.Time {
	start := rapid.SampledFrom([]int64{1761439000, 1762062000, 1735600000, 1741100000, 1704600000, 1733200000}).Draw(t, name+" start")
	steps := rapid.SliceOfN(rapid.SampledFrom([]int64{0, 60, 600, 1200, 3000, 86400, 5 * 86400, 28 * 86400, 31 * 86400, 200 * 86400}), 0, 10).Draw(t, name+" steps")
	log := []time.Time{time.Unix(start/60*60, 0)}
	for _, s := range steps {
		log = append(log, log[len(log)-1].Add(time.Duration(s)*time.Second))
	}
	return log
}

func TestSortedLogsAreReadRightOrRefused(t *testing.T) {
	zones := []*time.Location{zone(t, "Europe/Berlin"), zone(t, "America/New_York")}
	refused, told := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		order := rapid.SampledFrom([]Order{DMY, MDY}).Draw(t, "order")
		fitting := slices.DeleteFunc(slices.Clone(forms), func(f form) bool { return f.order != "" && f.order != order })
		var logs [][]time.Time
		var files []file
		for i := range rapid.IntRange(1, 3).Draw(t, "files") {
			name := fmt.Sprintf("file %d", i)
			log := drawLog(t, name)
			if rapid.Bool().Draw(t, name+" falls") {
				slices.Reverse(log)
			}
			f := rapid.SampledFrom(fitting).Draw(t, name+" form")
			var in file
			for _, at := range log {
				in.times = append(in.times, at.In(zone).Format(f.layout))
			}
			logs, files = append(logs, log), append(files, in)
		}
		o := Options{Zone: zone, Order: rapid.SampledFrom([]Order{"", "", order}).Draw(t, "given")}
		s := NewDetector(o)
		var in []*File
		for i, f := range files {
			in = append(in, s.File(fmt.Sprint(i), nil))
			for line, text := range f.times {
				in[i].Add(line, text)
			}
		}
		if err := s.Decide(); err != nil {
			if o.Order != "" || !strings.Contains(err.Error(), "say which with --date-order dmy or") {
				t.Fatal(err)
			}
			refused++
			return
		}
		told++
		for i, f := range files {
			var got []time.Time
			for j, text := range f.times {
				one, err := in[i].Read(text)
				want := logs[i][j].In(zone).Format("2006-01-02T15:04:05")
				if err != nil || wallText(text, one.At, zone) != want {
					t.Fatalf("%q: %v, %v, want %s", text, one, err, want)
				}
				if !one.Repeated && !one.At.Time().Equal(logs[i][j]) {
					t.Fatalf("%q: %v", text, one.At)
				}
				if away := logs[i][j].Sub(one.At.Time()); away != 0 && away.Abs() != time.Hour {
					t.Fatalf("%q: %v", text, one.At)
				}
				got = append(got, one.At.Time())
			}
			if in[i].reader.rows == nil { // it cannot be told which way they go
				continue
			}
			back := slices.Clone(got)
			slices.Reverse(back)
			if !slices.IsSortedFunc(got, time.Time.Compare) && !slices.IsSortedFunc(back, time.Time.Compare) {
				t.Fatalf("%q are read out of order: %v", f.times, got)
			}
		}
	})
	t.Logf("%d refused, %d read", refused, told)
}

// A log that goes through the repeated hour minute by minute is read to the minute.
func TestEveryMinuteOfARepeatedHour(t *testing.T) {
	for name, night := range map[string]int64{"Europe/Berlin": 1761436800, "America/New_York": 1762059600, "Australia/Lord_Howe": 1743854400} {
		z := zone(t, name)
		for _, falls := range []bool{false, true} {
			var log []time.Time
			for minute := range int64(360) {
				log = append(log, time.Unix(night+minute*60, 0))
			}
			if falls {
				slices.Reverse(log)
			}
			s := NewDetector(Options{Zone: z})
			f := s.File("a", nil)
			for i, at := range log {
				f.Add(i, at.In(z).Format("2006-01-02 15:04:05"))
			}
			if err := s.Decide(); err != nil {
				t.Fatal(err)
			}
			repeated := 0
			for _, at := range log {
				got, err := f.Read(at.In(z).Format("2006-01-02 15:04:05"))
				if err != nil || !got.At.Time().Equal(at) {
					t.Fatalf("%s: %v is read as %v (%v)", name, at.In(z), got, err)
				}
				if got.Repeated {
					repeated++
				}
			}
			if want := map[bool]int{false: 120, true: 60}[name == "Australia/Lord_Howe"]; repeated != want {
				t.Errorf("%s: %d minutes are repeated", name, repeated)
			}
		}
	}
}
