//! The projects that this browser keeps, and which of them is open.
//!
//! Each tab has one project open. A project is written with the version that its tab read last: where another tab wrote
//! meanwhile, nothing is written and the person chooses.

use leptos::prelude::*;
use policy::Document;
use serde_json::{Value, json};

use super::Workspace;
use super::keep::Opened;
use super::kept::Kept;
use crate::browser::database::{Database, Shelf};
use crate::browser::{address, storage};
use crate::text::{say, say_with};

/// What is known of a project without reading it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Project {
    /// Tells it from the others; never changes.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    /// Counts the times that it was written.
    pub(super) version: u64,
    /// When it was written last, in milliseconds since 1970.
    pub(crate) changed: f64,
    /// Whether it follows the server, where there is one.
    pub(super) home: Home,
}

/// Where the document of a project is at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// At the server that the console comes from, where there is one.
    Server,
    /// In this browser.
    Browser,
}

/// The mark of a file that holds all projects.
const ALL_PROJECTS: &str = "portcullis-projects";

impl Project {
    /// The one that a browser starts with.
    pub(super) fn first() -> Project {
        let (id, name) = ("main".to_owned(), say("My project").to_owned());
        Project { id, name, version: 0, changed: js_sys::Date::now(), home: Home::Server }
    }

    pub(super) fn fresh(name: &str) -> Project {
        let changed = js_sys::Date::now();
        let id = format!("{changed}-{}", (js_sys::Math::random() * 1e9) as u64);
        Project { id, name: name.to_owned(), version: 0, changed, home: Home::Browser }
    }

    pub(super) fn read(text: &str) -> Option<Project> {
        let value: Value = serde_json::from_str(text).ok()?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Project {
            id: text("id")?,
            name: text("name")?,
            version: value.get("version")?.as_u64()?,
            changed: value.get("changed")?.as_f64()?,
            home: if text("home").as_deref() == Some("browser") { Home::Browser } else { Home::Server },
        })
    }

    pub(super) fn text(&self) -> String {
        let home = match self.home {
            Home::Server => "server",
            Home::Browser => "browser",
        };
        json!({ "id": self.id, "name": self.name, "version": self.version, "changed": self.changed, "home": home })
            .to_string()
    }

    /// Makes it the one that this tab, and the next one, opens.
    pub(super) fn choose(id: &str) {
        // Where a browser keeps nothing, the first project is opened again.
        let _ = storage::store_for_tab("project", id);
        let _ = storage::store("project", id);
    }

    /// The one that this tab, or the last one, had open.
    pub(super) fn chosen() -> String {
        storage::load_for_tab("project").or_else(|| storage::load("project")).unwrap_or_else(|| Project::first().id)
    }
}

impl Workspace {
    /// Every project, the one that was changed last first.
    pub(crate) async fn projects(self) -> Result<Vec<Project>, String> {
        let all = self.database()?.read()?.all(Shelf::Index).await?;
        let mut projects: Vec<Project> = all.iter().filter_map(|text| Project::read(text)).collect();
        projects.sort_by(|one, other| other.changed.total_cmp(&one.changed));
        Ok(projects)
    }

    /// Adds a project with this document and opens it.
    pub(crate) async fn create_project(self, name: &str, document: Document) -> Result<(), String> {
        let project = Project::fresh(name);
        add(&self.database()?, &project, &Kept::new(document).text()).await?;
        self.open_project(&project.id).await
    }

    /// Calls a project otherwise.
    pub(crate) async fn rename_project(self, id: &str, name: &str) -> Result<(), String> {
        let transaction = self.database()?.write()?;
        let Some(known) = transaction.get(Shelf::Index, id).await? else { return Err(gone()) };
        let Some(mut project) = Project::read(&known) else { return Err(gone()) };
        project.name = name.to_owned();
        transaction.put(Shelf::Index, id, &project.text())?;
        transaction.done().await?;
        if self.project.with_untracked(|open| open.id == id) {
            self.project.update(|open| open.name = project.name);
        }
        Ok(())
    }

    /// Adds a project that is like another one.
    pub(crate) async fn duplicate_project(self, id: &str, name: &str) -> Result<(), String> {
        self.keep_now().await;
        let database = self.database()?;
        let Some(text) = database.read()?.get(Shelf::Projects, id).await? else { return Err(gone()) };
        let Some(kept) = Kept::read(&text) else { return Err(gone()) };
        add(&database, &Project::fresh(name), &Kept { saved: None, ..kept }.text()).await
    }

    /// Deletes a project; where it is the open one, another one is opened.
    pub(crate) async fn delete_project(self, id: &str) -> Result<(), String> {
        let database = self.database()?;
        let is_open = self.project.with_untracked(|open| open.id == id);
        if is_open {
            self.stop_keeping();
        }
        let transaction = database.write()?;
        transaction.remove(Shelf::Index, id)?;
        transaction.remove(Shelf::Projects, id)?;
        transaction.done().await?;
        if !is_open {
            return Ok(());
        }
        let rest = self.projects().await?;
        Project::choose(rest.first().map_or(&Project::first().id, |project| &project.id));
        show("/projects");
        Ok(())
    }

    /// Opens a project in this tab.
    pub(crate) async fn open_project(self, id: &str) -> Result<(), String> {
        self.keep_now().await;
        Project::choose(id);
        show("/groups");
        Ok(())
    }

    /// Every project as one text, which [`Workspace::import_projects`] reads.
    pub(crate) async fn export_projects(self) -> Result<String, String> {
        self.keep_now().await;
        let transaction = self.database()?.read()?;
        let mut all = Vec::new();
        for known in transaction.all(Shelf::Index).await? {
            let Some(project) = Project::read(&known) else { continue };
            let text = transaction.get(Shelf::Projects, &project.id).await?.unwrap_or_default();
            let kept: Value = serde_json::from_str(&text).unwrap_or_default();
            all.push(json!({ "name": project.name, "kept": kept }));
        }
        Ok(json!({ "kind": ALL_PROJECTS, "version": 1, "projects": all }).to_string())
    }

    /// Adds the projects of a text; `None` where it is no text of projects.
    pub(crate) async fn import_projects(self, text: &str) -> Option<Result<usize, String>> {
        let value: Value = serde_json::from_str(text).ok()?;
        (value.get("kind")?.as_str()? == ALL_PROJECTS).then_some(())?;
        let projects = value.get("projects")?.as_array()?;
        Some(self.add_all(projects).await)
    }

    async fn add_all(self, projects: &[Value]) -> Result<usize, String> {
        let database = self.database()?;
        for project in projects {
            let name = project.get("name").and_then(Value::as_str).unwrap_or_default();
            let kept = project.get("kept").and_then(|kept| Kept::read(&kept.to_string()));
            let unreadable =
                || say_with("the project `{name}` cannot be read: nothing after it was added", &[("name", &name)]);
            let kept = kept.ok_or_else(unreadable)?;
            add(&database, &Project::fresh(name), &Kept { saved: None, ..kept }.text()).await?;
        }
        Ok(projects.len())
    }

    fn database(self) -> Result<Database, String> {
        let none = || say("this browser keeps one project only: it has no database for this page").to_owned();
        self.keeper.database().ok_or_else(none)
    }
}

impl Opened {
    /// Writes the project as its next version.
    pub(super) async fn add(&mut self) {
        if let Some(database) = &self.database {
            // Where it cannot be kept, the first change says so.
            if add(database, &self.project, &self.kept.text()).await.is_ok() {
                self.project.version += 1;
            }
        }
    }
}

async fn add(database: &Database, project: &Project, text: &str) -> Result<(), String> {
    let transaction = database.write()?;
    transaction.put(Shelf::Index, &project.id, &Project { version: project.version + 1, ..project.clone() }.text())?;
    transaction.put(Shelf::Projects, &project.id, text)?;
    transaction.done().await
}

/// Shows a path of the console from the beginning, with whatever project is chosen.
fn show(path: &str) {
    // A page can always be loaded again.
    let _ = window().location().assign(&address::href(path));
}

fn gone() -> String {
    say("this project is no longer there: another tab deleted it").to_owned()
}
