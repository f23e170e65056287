//! Frameworks that data comes in through. Of one without a model, nobody knows the ways in.

use rustc_hash::FxHashSet;
use seriema_models::Models;

/// Modules of frameworks, whether there is a model of them or not.
const FRAMEWORKS: &[&str] = &[
    "aiohttp",
    "aiokafka",
    "aiosmtpd",
    "apiflask",
    "ariadne",
    "arq",
    "autobahn",
    "baize",
    "blacksheep",
    "bottle",
    "celery",
    "chainlit",
    "chalice",
    "channels",
    "cherrypy",
    "connexion",
    "cyclone",
    "dash",
    "django",
    "dramatiq",
    "emmett",
    "esmerald",
    "falcon",
    "fastapi",
    "faust",
    "flask",
    "flet",
    "frappe",
    "functions_framework",
    "gradio",
    "graphene",
    "grpc",
    "huey",
    "hug",
    "japronto",
    "justpy",
    "klein",
    "kombu",
    "litestar",
    "mangum",
    "masonite",
    "mesop",
    "molten",
    "morepath",
    "nameko",
    "nicegui",
    "ninja",
    "odoo",
    "panel",
    "pika",
    "py4web",
    "pyramid",
    "quart",
    "reflex",
    "responder",
    "rest_framework",
    "robyn",
    "rpyc",
    "rq",
    "sanic",
    "slack_bolt",
    "socketio",
    "starlette",
    "strawberry",
    "streamlit",
    "taskiq",
    "telebot",
    "telegram",
    "thriftpy2",
    "tornado",
    "turbogears",
    "twisted",
    "vibora",
    "web2py",
    "websockets",
    "zerorpc",
];

/// The frameworks among what is imported that no model knows, sorted.
pub(crate) fn without_model(imported: &FxHashSet<&str>, own: impl Fn(&str) -> bool, models: &Models) -> Vec<String> {
    let unknown = |name: &&&str| imported.contains(**name) && !models.knows(name) && !own(name);
    FRAMEWORKS.iter().filter(unknown).map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frameworks_are_sorted_and_only_those_without_a_model_are_named() {
        assert!(FRAMEWORKS.is_sorted());
        let imported: FxHashSet<&str> = ["flask", "falcon", "falcons", "pyramid"].into_iter().collect();
        let models = Models::for_modules(&imported).expect("own models are well-formed");
        assert_eq!(without_model(&imported, |name| name == "pyramid", &models), ["falcon"]);
    }
}
