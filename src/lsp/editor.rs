//! Owns what is known of the editor: its settings and capabilities, and whether it still runs.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::rename::EditForm;

/// How long between two looks at the editor's process.
const LOOK: Duration = Duration::from_secs(3);

/// Settings from the user and the editor, and the capabilities of the editor.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// The forms of edits over several files that the editor supports.
    pub form: EditForm,
    /// Whether the editor shows a file on request.
    pub shows_documents: bool,
    /// Whether it asks for hints again on request.
    pub refreshes_hints: bool,
    /// Whether inlay hints are wanted.
    pub inlay_hints: bool,
    /// Whether references are looked for in C files and makefiles that are not open.
    pub references_in_code: bool,
}

impl Settings {
    /// Reads what `initialize` says.
    pub fn new(params: &Value) -> Self {
        let capabilities = &params["capabilities"];
        let is = |value: &Value| value.as_bool() == Some(true);
        let mut settings = Self {
            form: EditForm::new(capabilities),
            shows_documents: is(&capabilities["window"]["showDocument"]["support"]),
            refreshes_hints: is(&capabilities["workspace"]["inlayHint"]["refreshSupport"]),
            ..Self::default()
        };
        settings.take(&params["initializationOptions"]);
        settings
    }

    /// Takes up what the user has set; what is not said stays as it is.
    pub fn take(&mut self, options: &Value) {
        let set = |of: &mut bool, name: &str| {
            if let Some(value) = options[name].as_bool() {
                *of = value;
            }
        };
        set(&mut self.inlay_hints, "inlayHints");
        set(&mut self.references_in_code, "referencesInCode");
    }
}

/// The editor's process. One that is killed may leave the streams open, if something else holds them.
pub(super) struct Process {
    path: PathBuf,
    /// When it is looked at next.
    pub due: Instant,
}

impl Process {
    /// Reads what `initialize` says; `None` where there is no such process, as in another container or on another machine.
    pub fn new(params: &Value) -> Option<Self> {
        let number = params["processId"].as_u64()?;
        let path = Path::new("/proc").join(number.to_string());
        path.exists().then(|| Self {
            path,
            due: Instant::now() + LOOK,
        })
    }

    /// Whether it is known to have ended. It is looked at only now and then.
    pub fn has_ended(&mut self) -> bool {
        let now = Instant::now();
        if now < self.due {
            return false;
        }
        self.due = now + LOOK;
        !self.path.exists()
    }
}
