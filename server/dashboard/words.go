package dashboard

import (
	"fmt"
	"html/template"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"glow/schema"
)

// Number prints a count with a comma between thousands.
func Number[N int | int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "−", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}

// Count prints a number with its noun.
func Count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Size prints a number of bytes.
func Size(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	v, u := float64(n), 0
	for v >= 1024 && u < len(units)-1 {
		v /= 1024
		u++
	}
	if u == 0 {
		return Number(n) + " bytes"
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " " + units[u]
}

// percent is how much now is above before, rounded; "" when there was nothing.
func percent(now, before int64) string {
	if before == 0 {
		return ""
	}
	change := int64(math.Round(100 * float64(now-before) / float64(before)))
	if change > 0 {
		return "+" + Number(change) + " %"
	}
	return Number(change) + " %"
}

// cell is a number in a table. A zero is shown, but does not stand out.
func cell(n int64) template.HTML {
	if n == 0 {
		return `<td class="n zero">0</td>`
	}
	return template.HTML(`<td class="n">` + Number(n) + `</td>`) //nolint:gosec // digits
}

// badCell is a number in a table that ought to be zero.
func badCell(n int64) template.HTML {
	if n == 0 {
		return cell(0)
	}
	return template.HTML(`<td class="n bad">` + Number(n) + `</td>`) //nolint:gosec // digits
}

// money prints an exact amount so that amounts can be compared: with a comma
// between thousands, with cents, and small ones with four places.
func money(exact string) string {
	m, err := schema.ParseMoney(exact)
	if err != nil {
		return exact
	}
	places := 2
	if m < schema.NanosPerDollar {
		places = 4
	}
	switch unit := schema.Money(math.Pow10(9 - places)); {
	case m == 0:
		return "0"
	case m < unit/2:
		return "<0.0001"
	default:
		m = (m + unit/2) / unit * unit
	}
	whole, fraction := int64(m/schema.NanosPerDollar), int64(m%schema.NanosPerDollar)
	return Number(whole) + "." + fmt.Sprintf("%09d", fraction)[:places]
}

// costCell is an amount in a table, with the exact one at hand.
func costCell(exact string) template.HTML {
	if exact == "0" {
		return cell(0)
	}
	return template.HTML(`<td class="n" title="exactly $` + template.HTMLEscapeString(exact) + `">` + template.HTMLEscapeString(money(exact)) + `</td>`) //nolint:gosec // escaped
}

// PersonPath is the path of a person's page.
func PersonPath(id string) string { return pathOf("/people/", id) }

// pathOf is the path of the page about one thing.
func pathOf(prefix, id string) string { return prefix + url.PathEscape(id) }

// Ago says how long before now something was, in days of the zone once it is
// not today.
func Ago(at, now schema.Instant, zone *time.Location) string {
	if at > now {
		return "in the future"
	}
	days := int64(schema.DayAt(now, zone) - schema.DayAt(at, zone))
	minutes := int64(now-at) / 60e6
	switch {
	case minutes < 1:
		return "just now"
	case minutes < 60:
		return Count(minutes, "minute", "minutes") + " ago"
	case days == 0 || minutes < 12*60:
		return Count(minutes/60, "hour", "hours") + " ago"
	case days == 1:
		return "yesterday"
	case days < 60:
		return Number(days) + " days ago"
	case days < 730:
		return Number(days/30) + " months ago"
	}
	return Number(days/365) + " years ago"
}

// Duration says how long something took.
func Duration(from, until schema.Instant) string {
	seconds := int64(until-from) / 1e6
	switch {
	case seconds < 60:
		return Number(seconds) + " s"
	case seconds < 3600:
		return Number(seconds/60) + " min"
	case seconds < 24*3600:
		return fmt.Sprintf("%d h %d min", seconds/3600, seconds/60%60)
	}
	return fmt.Sprintf("%s d %d h", Number(seconds/86400), seconds/3600%24)
}

func roleName(role string) string {
	switch role {
	case schema.RoleAdmin:
		return "Admin"
	case schema.RoleTA:
		return "TA"
	case schema.RoleCoordinator:
		return "Coordinator"
	case schema.RoleViewer:
		return "Viewer"
	case schema.RoleRecorder:
		return "Recorder"
	}
	return role
}

// stateOf is the value of a choice of yes, no and either in a form.
func stateOf(p *bool) string {
	switch {
	case p == nil:
		return ""
	case *p:
		return "yes"
	}
	return "no"
}

func kindName(kind string) string {
	if k := schema.KindNamed(kind); k != nil {
		return strings.TrimSuffix(k.File, ".csv")
	}
	return kind
}

// actionName is an action of the audit list in words.
func actionName(action string) string {
	words := map[string]string{
		schema.ActionExportBegin: "Began to export", schema.ActionExport: "Exported", schema.ActionImport: "Imported", schema.ActionProblem: "Reported a problem",
		schema.ActionResolve: "Resolved or reopened a problem", schema.ActionRefresh: "Refreshed the summaries",
		schema.ActionTokenCreate: "Made a token", schema.ActionTokenRevoke: "Revoked a token",
		schema.ActionSignIn: "Signed in", schema.ActionSignInLink: "Asked for a link that signs in", schema.ActionSignInFailed: "Failed to sign in",
		schema.ActionEmulate: "Began to view as somebody", schema.ActionEmulateEnd: "Ended viewing as somebody",
		schema.ActionBackupBegin: "Began to take a backup", schema.ActionBackup: "Made a backup", schema.ActionRestore: "Restored a backup",
		schema.ActionForget: "Forgot a person", schema.ActionRetain: "Removed what was too old",
		schema.ActionHorizon: "Said how far records reach",
		schema.ActionUpgrade: "Brought the list to a newer form",
	}
	if w := words[action]; w != "" {
		return w
	}
	return action
}

// Event is one line of a session's timeline in words.
type Event struct{ Title, Detail string }

// describeEvent says what happened.
func describeEvent(e schema.TimelineEvent) Event {
	name, first, second := value(e.EntityName), value(e.Extra1), value(e.Extra2)
	quoted := ""
	if name != "" {
		quoted = "“" + name + "”"
	}
	switch e.EventType {
	case "session_started":
		return Event{Title: "Session began"}
	case "session_ended":
		return Event{Title: "Session completed"}
	case "login":
		return Event{Title: "Logged in"}
	case "grant":
		return Event{Title: "Was given a grant", Detail: until(first)}
	case "emulation":
		return Event{Title: "Viewed as " + name, Detail: first}
	case "activity":
		return Event{Title: "Was active"}
	case "problem":
		return Event{Title: "Problem: " + name, Detail: first + " (" + second + ")"}
	case "group":
		return Event{Title: "Opened a group of runs", Detail: quoted}
	case "run":
		return Event{Title: strings.TrimSpace("Run " + of(name)), Detail: withCommas(first) + " tokens, $" + second}
	case "attempt":
		return Event{Title: "Began an attempt", Detail: quoted}
	case "attempt_completed":
		return Event{Title: "Completed an attempt", Detail: quoted}
	case "chat":
		return Event{Title: "Opened a chat", Detail: quoted}
	case "message":
		return Event{Title: "Message" + by(first), Detail: quoted}
	}
	return Event{Title: e.EventType, Detail: name}
}

func of(model string) string {
	if model == "" {
		return ""
	}
	return "of " + model
}

func by(role string) string {
	if role == "" {
		return ""
	}
	return " by " + role
}

func until(at string) string {
	if at == "" {
		return "without end"
	}
	return "until " + at
}

func withCommas(digits string) string {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return digits
	}
	return Number(n)
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
