//! Connections of the simulator: its ends and steps as text, and what each step led to.

use engine::{Connection, Course, Moment, Place, Scene};
use policy::Resolved;
use serde_json::{Value, json};
use wire::Sketch;

use super::text;

/// Every step in short, and the one that is looked at in full.
pub(crate) fn play(question: &Value, resolved: Resolved) -> Value {
    let read: Vec<Result<Moment, String>> = events(question).map(read_event).collect();
    let moments = read.iter().filter_map(|moment| moment.as_ref().ok()).cloned().collect();
    let mut scenes = connection(question, moments).play(resolved).into_iter();
    let scene = |moment: &Result<Moment, String>| match moment {
        Ok(_) => scenes.next().ok_or_else(String::new),
        Err(fault) => Err(fault.clone()),
    };
    let scenes: Vec<Result<Scene, String>> = read.iter().map(scene).collect();
    let tell = |scene: &Result<Scene, String>, tell: fn(&Scene) -> Value| match scene {
        Ok(scene) => tell(scene),
        Err(fault) => json!({ "fault": fault }),
    };
    let steps: Vec<Value> = scenes.iter().map(|scene| tell(scene, Scene::to_json)).collect();
    let step = question.get("step").and_then(Value::as_u64).unwrap_or_default() as usize;
    let now = scenes.get(step).map(|scene| tell(scene, Scene::explain_json));
    json!({ "steps": steps, "now": now, "step": step })
}

/// The steps of a course between the ends of a first packet.
pub(crate) fn course(question: &Value, resolved: &Resolved) -> Result<Value, String> {
    let course: Course = text(question, "course").parse()?;
    let first: Sketch = text(question, "packet").parse().map_err(|error| format!("{error}"))?;
    let connection = course.connect(place(question, "from"), place(question, "to"), &first, resolved);
    let connection = connection.ok_or("the packet has no addresses: name two ends first")?;
    let events: Vec<String> = connection.moments.iter().map(Moment::to_string).collect();
    Ok(json!({ "events": events }))
}

/// A scenario file that expects what happens now.
pub(crate) fn scenario(question: &Value, resolved: Resolved) -> Result<Value, String> {
    let moments = events(question).map(read_event).collect::<Result<Vec<Moment>, String>>()?;
    let scenario = connection(question, moments).to_scenario(text(question, "name"), resolved);
    Ok(json!({ "text": scenario.to_yaml() }))
}

fn events(question: &Value) -> impl Iterator<Item = &str> {
    question.get("events").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn read_event(text: &str) -> Result<Moment, String> {
    text.parse().map_err(|error: engine::MomentError| error.to_string())
}

fn connection(question: &Value, moments: Vec<Moment>) -> Connection {
    Connection { from: place(question, "from"), to: place(question, "to"), moments }
}

/// The end of a name; `None` where it is left open.
fn place(question: &Value, name: &str) -> Option<Place> {
    Some(text(question, name)).filter(|place| !place.is_empty())?.parse().ok()
}
