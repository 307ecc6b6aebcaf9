# The bot, and Chroma's server of the same version. Nothing in it needs root or writes outside /data
# and /tmp: run it with --read-only --tmpfs /tmp.
#
# The base by its digest, of Python 3.11.16, since a tag may mean another image tomorrow; how to move on
# is said in docs/operations.md, and another base is `--build-arg PYTHON_IMAGE=...`.
ARG PYTHON_IMAGE=python:3.11-slim@sha256:9c900dea9e8fb7e16277c179b555cc72d29a352dbc33cff48ad5a0412fd5bfc7
FROM $PYTHON_IMAGE AS build
# requirements-all.lock has the extras too: pictures, other embedding models.
ARG LOCK=requirements.lock
WORKDIR /src
COPY requirements.lock requirements-all.lock pyproject.toml hatch_build.py README.md LICENSE ./
RUN python -m venv /opt/sitrep \
    && /opt/sitrep/bin/pip install --no-cache-dir --no-deps --require-hashes -r $LOCK
COPY bot bot
COPY retrieval retrieval
COPY prompts prompts
RUN /opt/sitrep/bin/pip install --no-cache-dir --no-build-isolation --no-deps .

FROM $PYTHON_IMAGE
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin sitrep \
    && install -d -o sitrep -g sitrep -m 0700 /data
COPY --from=build /opt/sitrep /opt/sitrep
ENV PATH=/opt/sitrep/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
CMD ["sitrep", "run"]
