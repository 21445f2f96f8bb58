package schema

import (
	"errors"
	"strings"
	"testing"
)

func ptr(n int) *int { return &n }

// What a tag says of a field is what a request may hold, and nothing else.
func TestRequestsAreHeldAgainstTheirTags(t *testing.T) {
	for _, c := range []struct {
		request        Request
		field, message string
	}{
		{ActivityRequest{}, "", ""},
		{ActivityRequest{Filter: Filter{DepartmentIDs: []string{"a"}, Roles: []string{"ta"}}, InactiveDays: ptr(0), Interval: IntervalWeek, SortBy: "last_active_at", SortOrder: Descending, PageLimit: ptr(0)}, "", ""},
		{ActivityRequest{Filter: Filter{DepartmentIDs: []string{}, Roles: []string{}}}, "", ""}, // none is given: generated clients send it
		{ActivityRequest{Filter: Filter{RoleIDs: []string{"ta"}}}, "", ""},
		{ActivityRequest{Filter: Filter{Roles: []string{"ta"}, RoleIDs: []string{"ta"}}}, "", ""},
		{ActivityRequest{Filter: Filter{Roles: []string{}, RoleIDs: []string{"ta"}}}, "", ""},
		{ActivityRequest{Filter: Filter{Roles: []string{"ta"}, RoleIDs: []string{}}}, "", ""},
		{SessionsRequest{Filter: Filter{Roles: []string{"ta"}, RoleIDs: []string{"lead"}}}, "role_ids", "is another name of roles, which says something else"},
		{ActivityRequest{InactiveDays: ptr(-1)}, "inactive_days", "-1 is out of range; 0 to 100000"},
		{ActivityRequest{InactiveDays: ptr(100_001)}, "inactive_days", "out of range"},
		{ActivityRequest{Interval: "year"}, "interval", `"year" is not one of "day", "week", "month"`},
		{ActivityRequest{SortBy: "email"}, "sort_by", `is not one of "name", "profile_id"`},
		{SessionsRequest{Paging: Paging{Page: ptr(0)}}, "page", "0 is out of range; 1 to 1000000000"},
		{SessionsRequest{Paging: Paging{PageSize: ptr(201)}}, "page_size", "201 is out of range; 1 to 200"},
		{ProblemsRequest{SortOrder: "up"}, "sort_order", `"up" is not one of`},
		{AuditRequest{Action: ActionSignInFailed}, "", ""},
		{AuditRequest{Action: ActionSignIn}, "", ""},
		{AuditRequest{Action: "sign_out"}, "action", `"sign_out" is not one of`},
		{ExportRequest{Kind: ViewAudit, Filter: Filter{DateFrom: "2025-01-01"}}, "", ""},
		{ExportRequest{Kind: ViewAudit, Filter: Filter{Roles: []string{"ta"}}}, "roles", "is not for the audit list"},
		{ExportRequest{Kind: ViewAudit, Filter: Filter{RoleIDs: []string{"ta"}}}, "roles", "is not for the audit list"},
		{ExportRequest{Kind: ViewAudit, Pseudonymize: true}, "pseudonymize", "is not for the audit list"},
		{ForgetRequest{}, "profile_id", "is missing"},
		{ImportQuery{From: "canvas"}, "from", `"canvas" is not one of "moodle", "glow"`},
	} {
		err := c.request.Validate()
		var e *Error
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%+v: %v", c.request, err)
		case c.field != "" && (!errors.As(err, &e) || e.Code != CodeInvalid || e.Fields[0].Field != c.field || !strings.Contains(e.Fields[0].Message, c.message)):
			t.Errorf("%+v: got %v, want a fault of %s: %s", c.request, err, c.field, c.message)
		}
	}
}
