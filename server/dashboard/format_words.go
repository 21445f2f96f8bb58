package dashboard

import (
	"strings"

	"glow/schema"
)

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
		schema.ActionMerge: "Made one person of two", schema.ActionDelete: "Deleted a record", schema.ActionProfiles: "Changed people",
		schema.ActionTakeBack: "Took an import back",
		schema.ActionForget:   "Forgot a person", schema.ActionRetain: "Removed what was too old",
		schema.ActionHorizon: "Said how far records reach",
		schema.ActionUpgrade: "Brought the list to a newer form",
	}
	if w := words[action]; w != "" {
		return w
	}
	return action
}
