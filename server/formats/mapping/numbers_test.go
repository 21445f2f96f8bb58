package mapping

import "testing"

// What LibreChat charges are millionths of a dollar, below zero; JSON writes them in any of its ways,
// in which a point is always that of decimals.
func TestChargesAreMillionths(t *testing.T) {
	charge := func(id, value string) string {
		return `{"_id":{"$oid":"` + id + `"},"user":{"$oid":"u"},"conversationId":"c","tokenType":"prompt","model":"m","rawAmount":-120,"tokenValue":` + value + `,"createdAt":{"$date":"2025-03-03T14:05:04.000Z"}}` + "\n"
	}
	want := []string{
		"profile id=librechat-u name=User u role=ta active=true",
		"session id=librechat-c profile_id=librechat-u created_at=2025-03-03T14:05:04Z updated_at=2025-03-03T14:05:04Z",
		"group id=librechat-c session_id=librechat-c created_at=2025-03-03T14:05:04Z",
	}
	for _, c := range [][2]string{{"-300.125", "0.000300125"}, {"-3000", "0.003"}, {"-2.5e+3", "0.0025"}, {"-1.5e-05", "0"}, {"0", "0"}} {
		run := "run id=librechat-r group_id=librechat-c model=m input_tokens=120 cost=" + c[1] + " created_at=2025-03-03T14:05:04Z"
		expect(t, c[0], printed(t, Named("librechat-transactions"), Options{}, charge("r", c[0])), append(want[:3:3], run))
	}
}
