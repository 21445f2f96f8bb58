package mapping

import (
	"testing"
	"time"
)

// Times without a zone are in the mapping's, where it has one, and else in the instance's.
func TestTimesAreInTheZoneOfTheProgram(t *testing.T) {
	zone := time.FixedZone("there", 7*3600)
	expect(t, "Brightspace writes UTC", printed(t, Named("brightspace-sessions"), Options{Zone: zone},
		"SessionId,UserId,DateStarted,DateEnded,LastAccessed\n1,5,2025-03-03 19:05:00,,2025-03-03T19:44:00.000Z\n"), []string{
		"profile id=brightspace-5 name=User 5 role=ta active=true",
		"session id=brightspace-1 profile_id=brightspace-5 created_at=2025-03-03T19:05:00Z updated_at=2025-03-03T19:44:00Z",
	})
	m := *Named("brightspace-sessions")
	m.Timezone = ""
	expect(t, "another may not", printed(t, &m, Options{Zone: zone},
		"SessionId,UserId,DateStarted,DateEnded,LastAccessed\n1,5,2025-03-03 19:05:00,,\n"), []string{
		"profile id=brightspace-5 name=User 5 role=ta active=true",
		"session id=brightspace-1 profile_id=brightspace-5 created_at=2025-03-03T12:05:00Z",
	})
}

// What one record of a mapping says of a person counts more than what an earlier one says, wherever
// the rows stand.
func TestLaterRecordsOfAMappingCountMore(t *testing.T) {
	const header = "sourcedId,status,dateLastModified,givenName,familyName,role,userSourcedId,roleType\n"
	user, aide, teacher := "u1,,,Ana,One,student,,\n", "r1,,,,,aide,u1,secondary\n", "r2,,,,,teacher,u1,primary\n"
	for _, rows := range []string{user + aide + teacher, teacher + aide + user, aide + user + teacher} {
		expect(t, rows, printed(t, Named("oneroster"), Options{}, header+rows), []string{"profile id=oneroster-u1 name=Ana One role=ta"})
	}
	expect(t, "nobody's", printed(t, Named("oneroster"), Options{}, header+aide), nil)
}
