package schema

import "testing"

func TestCopiesOfAFileAreKnownForWhatTheyAre(t *testing.T) {
	for _, name := range []string{
		"departments.csv", "departments (1).csv", "departments(12).csv", "departments - Copy.csv", "departments - Copy (2).csv", "departments - Kopie.csv",
		"departments copy.csv", "departments copy 3.csv", "Copy of departments.csv", "departments.csv.csv", "DEPARTMENTS (1).CSV", "departments (1) (2).csv",
		"departments.csv (1).csv", `C:\in\departments (1).csv`, "a/b/departments - Copy.csv",
	} {
		if k := KindOfFile(name); k == nil || k.Name != KindDepartment {
			t.Errorf("%s: got %v", name, k)
		}
	}
	for _, name := range []string{"departments2.csv", "departments-old.csv", "my departments.csv", "departments.txt", "departments", "(1).csv", "departments (a).csv", ".csv", " - copy.csv"} {
		if k := KindOfFile(name); k != nil {
			t.Errorf("%s is taken for a file of kind %s", name, k.Name)
		}
	}
	if !IsView("session_history (1).csv") || !IsView("x/profile_summary - Copy.csv") || IsView("sessions.csv") {
		t.Error("views are not told apart")
	}
}
