//! Files in pairs: a weak one that fails one check, and a hardened one that fails none.

use crate::Status;
use crate::testing::checklist;

/// What fails for one file.
fn failing(path: &str, text: &str) -> Vec<&'static str> {
    let list = checklist(&[(path, text)]);
    assert_eq!(list.diagnostics, [], "{path}");
    list.failing().into_iter().filter(|id| !id.starts_with("repository-") && !id.starts_with("dependencies-")).collect()
}

fn pairs(path: &str, cases: &[(&str, &str, &str)]) {
    for (id, weak, hardened) in cases {
        assert_eq!(failing(path, weak), [*id], "{weak}");
        assert_eq!(failing(path, hardened), Vec::<&str>::new(), "{hardened}");
    }
}

#[test]
fn dockerfiles() {
    let image = "FROM python:3.13-slim\n";
    let (user, base) = ("USER app\n", format!("{image}USER app\n"));
    let with = |line: &str| format!("{base}{line}\n");
    let cases = [
        ("container-user", image.to_owned(), base.clone()),
        ("container-user", format!("{base}USER root\n"), format!("{image}USER root\nRUN make\nUSER 1000:1000\n")),
        (
            "container-user",
            format!("{base}FROM debian:12\n"),
            format!("FROM debian:12 AS base\n{user}FROM base\nCMD [\"x\"]\n"),
        ),
        ("container-image-version", format!("FROM python\n{user}"), format!("FROM python@sha256:00\n{user}")),
        (
            "container-image-version",
            format!("FROM python:latest\n{user}"),
            format!("ARG V=3.13\nFROM python:${{V}} AS b\nFROM b\n{user}"),
        ),
        (
            "container-remote-files",
            with("ADD https://example.org/x.tgz /x"),
            with("ADD --checksum=sha256:00 https://example.org/x.tgz /x"),
        ),
        (
            "container-piped-scripts",
            with("RUN curl -sSL https://example.org \\\n  | sudo sh"),
            with("RUN curl x || sh y"),
        ),
        (
            "container-piped-scripts",
            with("RUN <<EOF\nwget -O- x | bash\nEOF"),
            with("RUN curl -o x y && sh x | tee log"),
        ),
        ("container-secrets", with("ENV DB_PASSWORD=hunter22"), with("ENV DB_PASSWORD=$GIVEN DB_PASSWORD_FILE=/run/x")),
        ("container-secrets", with("ARG GITHUB_TOKEN"), with("ARG VERSION=1")),
    ];
    for (id, weak, hardened) in &cases {
        pairs("Dockerfile", &[(id, weak, hardened)]);
    }
}

#[test]
fn secrets_of_dockerfiles_are_masked() {
    let list = checklist(&[("Dockerfile", "FROM a:1\n# x\nENV API_TOKEN=abcdefghijklmnopqrstuvwxyz\nUSER a\n")]);
    assert_eq!(list.seen("container-secrets")[0], "Dockerfile:3 `ENV` sets `API_TOKEN` to `abcd...yz`");
}

#[test]
fn compose_files() {
    let service = |lines: &str| format!("services:\n  web:\n    image: x:1\n{lines}");
    let plain = service("");
    let socket = service("    volumes: [\"/var/run/docker.sock:/var/run/docker.sock\"]\n");
    let cases = [
        ("compose-privileged", service("    privileged: true\n"), service("    privileged: false\n")),
        ("compose-privileged", service("    cap_add: [SYS_ADMIN]\n"), service("    cap_add: [CHOWN]\n")),
        ("compose-docker-socket", socket, service("    volumes: [\"./data:/data\"]\n")),
        ("compose-host-namespaces", service("    network_mode: host\n"), plain),
        (
            "compose-secrets",
            service("    environment:\n      DB_PASSWORD: hunter22\n"),
            service("    environment:\n      DB_PASSWORD: ${DB_PASSWORD:?}\n"),
        ),
        (
            "compose-secrets",
            service("    environment:\n      - DB_PASSWORD=hunter22\n"),
            service("    environment:\n      - DB_PASSWORD\n"),
        ),
    ];
    for (id, weak, hardened) in &cases {
        pairs("docker-compose.yml", &[(id, weak, hardened)]);
    }
}

#[test]
fn workflows() {
    let job = |on: &str, steps: &str| format!("on: {on}\npermissions: {{}}\njobs:\n  a:\n    steps:\n{steps}");
    let checkout = "      - uses: actions/checkout@v4\n";
    let head = "        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n";
    let cases = [
        ("workflow-permissions", "on: push\njobs:\n  a:\n    steps: []\n".to_owned(), job("push", checkout)),
        (
            "workflow-permissions",
            "on: push\npermissions: write-all\njobs: {}\n".to_owned(),
            "on: push\njobs:\n  a:\n    permissions: {}\n    steps: []\n".to_owned(),
        ),
        (
            "workflow-pinned-actions",
            job("push", "      - uses: some/action@v1\n"),
            job("push", "      - uses: some/action@0123456789012345678901234567890123456789 # v1\n"),
        ),
        (
            "workflow-untrusted-checkout",
            job("[pull_request_target]", &format!("{checkout}{head}")),
            job("[pull_request]", &format!("{checkout}{head}")),
        ),
        (
            "workflow-untrusted-checkout",
            job("\n  pull_request_target:\n    types: [opened]", &format!("{checkout}{head}")),
            job("pull_request_target", checkout),
        ),
        (
            "workflow-script-injection",
            job("issues", "      - run: echo ${{ github.event.issue.title }}\n"),
            job("issues", "      - run: echo ${{ github.event.issue.number }}\n"),
        ),
        (
            "workflow-script-injection",
            job(
                "issues",
                "      - uses: actions/github-script@v7\n        with:\n          script: f('${{ github.head_ref }}')\n",
            ),
            job("issues", "      - run: echo \"$REF\"\n        env:\n          REF: ${{ github.head_ref }}\n"),
        ),
    ];
    for (id, weak, hardened) in &cases {
        pairs(".github/workflows/ci.yml", &[(id, weak, hardened)]);
    }
}

#[test]
fn gitlab_pipelines() {
    pairs(
        ".gitlab-ci.yml",
        &[
            ("gitlab-image-version", "image: python\n", "image: python:3.13\n"),
            ("gitlab-image-version", "a:\n  image:\n    name: python:latest\n", "a:\n  image: $IMAGE\n"),
            ("gitlab-secrets", "variables:\n  DB_PASSWORD: hunter22\n", "variables:\n  DB_PASSWORD: $CI_PASSWORD\n"),
            (
                "gitlab-remote-includes",
                "include:\n  - remote: https://example.org/x.yml\n",
                "include:\n  - local: x.yml\n  - template: y.yml\n",
            ),
        ],
    );
}

#[test]
fn workloads() {
    let pod = |pod: &str, container: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: Pod\nspec:\n{pod}  containers:\n    - name: a\n      image: x:1\n{container}"
        )
    };
    let context = "      securityContext: {runAsNonRoot: true, allowPrivilegeEscalation: false}\n";
    let own =
        |more: &str| format!("      securityContext: {{runAsNonRoot: true, allowPrivilegeEscalation: false{more}}}\n");
    let env = |value: &str| format!("{context}      env:\n        - name: DB_PASSWORD\n          {value}\n");
    let volume = |path: &str| format!("  volumes:\n    - name: v\n      hostPath: {{path: {path}}}\n");
    let hardened = pod("", context);
    let cases = [
        ("kubernetes-privileged", pod("", &own(", privileged: true")), hardened.clone()),
        ("kubernetes-host-namespaces", pod("  hostNetwork: true\n", context), hardened),
        ("kubernetes-host-paths", pod(&volume("/var/run/docker.sock"), context), pod(&volume("/data"), context)),
        (
            "kubernetes-user",
            pod("", "      securityContext: {allowPrivilegeEscalation: false}\n"),
            pod("  securityContext: {runAsUser: 1000}\n", "      securityContext: {allowPrivilegeEscalation: false}\n"),
        ),
        ("kubernetes-escalation", pod("", "      securityContext: {runAsNonRoot: true}\n"), pod("", context)),
        (
            "kubernetes-secrets",
            pod("", &env("value: hunter22")),
            pod("", &env("valueFrom: {secretKeyRef: {name: db, key: password}}")),
        ),
    ];
    for (id, weak, hardened) in &cases {
        pairs("deploy/app.yaml", &[(id, weak, hardened)]);
    }
}

#[test]
fn what_is_no_manifest_is_not_looked_at() {
    let template = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  {{- range .x }}\n";
    assert_eq!(failing("chart/templates/pod.yaml", template), Vec::<&str>::new());
    let list = checklist(&[("README.md", "x\n")]);
    assert!(
        list.checks
            .iter()
            .filter(|check| check.definition.id.starts_with("container"))
            .all(|check| check.status == Status::NotApplicable)
    );
}

#[test]
fn broken_files_are_named_with_their_lines() {
    let list = checklist(&[(".github/workflows/ci.yml", "on: push\njobs:\n  a: [\n"), ("Dockerfile", "FROM python\n")]);
    let [diagnostic] = list.diagnostics.as_slice() else { panic!("{:?}", list.diagnostics) };
    assert_eq!(&*diagnostic.path, ".github/workflows/ci.yml");
    assert!(diagnostic.line.is_some());
    assert_eq!(list.status("container-image-version"), Status::Fail);
}

#[test]
fn repositories() {
    let of = |files: &[(&str, &str)], id: &str| checklist(files).status(id);
    let id = "repository-environment-files";
    assert_eq!(of(&[(".env", "DEBUG=1\nSECRET_KEY=hunter22\n")], id), Status::Fail);
    assert_eq!(of(&[(".env", "DEBUG=1\n"), (".env.example", "SECRET_KEY=change-me\n")], id), Status::Pass);
    let id = "repository-private-keys";
    let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n";
    assert_eq!(of(&[("deploy/server.key", key)], id), Status::Fail);
    assert_eq!(of(&[("deploy/server.pem", "-----BEGIN CERTIFICATE-----\n")], id), Status::NotApplicable);
    let id = "repository-security-policy";
    assert_eq!(of(&[("README.md", "x\n")], id), Status::Fail);
    assert_eq!(of(&[(".github/SECURITY.md", "x\n")], id), Status::Pass);
    let id = "repository-security-checks";
    assert_eq!(of(&[(".pre-commit-config.yaml", "repos:\n  - repo: https://x/black\n")], id), Status::Fail);
    assert_eq!(of(&[(".pre-commit-config.yaml", "repos:\n  - repo: https://x/bandit\n")], id), Status::Pass);
    assert_eq!(of(&[("README.md", "x\n")], id), Status::NotApplicable);
}

#[test]
fn dependencies() {
    let of = |files: &[(&str, &str)], id: &str| checklist(files).status(id);
    assert_eq!(of(&[("requirements.txt", "flask==3.0.0\n")], "dependencies-locked"), Status::Fail);
    let hashed = format!("flask==3.0.0 --hash=sha256:{}\n", "0".repeat(64));
    let locked = [("requirements.in", "flask\n"), ("requirements.txt", hashed.as_str())];
    assert_eq!(of(&locked, "dependencies-locked"), Status::Pass);
    let insecure = "--index-url http://example.org/simple\nflask==3.0.0\n";
    assert_eq!(of(&[("requirements.txt", insecure)], "dependencies-transport"), Status::Fail);
    assert_eq!(of(&[("requirements.txt", "reqeusts==2.0\n")], "dependencies-names"), Status::Fail);
    assert_eq!(of(&[("requirements.txt", "requests==2.0\n")], "dependencies-names"), Status::Pass);
    assert_eq!(of(&[("README.md", "x\n")], "dependencies-locked"), Status::NotApplicable);
}
