# Huiwen 会问 in a container: everything is installed, the embedding model and the dictionary unpacked when the image is built;
# nothing is downloaded when it runs. Everything stored is in /data.
#
#   docker build -t huiwen .
#   docker run -p 127.0.0.1:7860:7860 -v huiwen:/data huiwen
#
# Set PIP_EXTRA_INDEX_URL to PyTorch's CPU index, or the image holds gigabytes of CUDA that Huiwen does not use.

FROM python:3.11-slim-bookworm AS build
ARG PIP_EXTRA_INDEX_URL=
ENV PIP_EXTRA_INDEX_URL=$PIP_EXTRA_INDEX_URL PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/huiwen && /opt/huiwen/bin/pip install pip==26.3
WORKDIR /src
# The packages first, which take minutes: a change of Huiwen's own code does not install them again.
COPY pyproject.toml constraints.txt ./
RUN /opt/huiwen/bin/python -c "import tomllib; \
        print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > /tmp/packages.txt \
    && /opt/huiwen/bin/pip install -c constraints.txt -r /tmp/packages.txt
COPY ingest ingest
COPY bot bot
COPY evals evals
RUN /opt/huiwen/bin/pip install --no-deps . \
    && cd / && /opt/huiwen/bin/python -c "from pathlib import Path; \
        from bot.words.dictionary import dictionary; dictionary(Path('/opt/models')); \
        from bot.cross_encoder import cross_encoder; cross_encoder(Path('/opt/models')); \
        from ingest.bundled_model import bundled_model; bundled_model(Path('/opt/models'))" \
    && chmod -R a+rX /opt/models

FROM python:3.11-slim-bookworm
# Old Office files are read when LibreOffice is there:
# --build-arg PACKAGES="libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui"
ARG PACKAGES=
# A font for pages of PDF files that bring none.
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-wqy-microhei $PACKAGES \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home huiwen && install -d -o huiwen /data
COPY --from=build /opt/models /opt/models
COPY --from=build /opt/huiwen /opt/huiwen
ENV PATH=/opt/huiwen/bin:$PATH PYTHONUNBUFFERED=1 \
    HUIWEN_HOME=/data HUIWEN_CACHE=/opt/models HF_HUB_OFFLINE=1 ANONYMIZED_TELEMETRY=False
USER huiwen
WORKDIR /home/huiwen
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/api/health', timeout=8)"]
CMD ["huiwen", "serve", "--host", "0.0.0.0"]
