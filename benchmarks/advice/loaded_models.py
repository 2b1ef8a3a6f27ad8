"""Something large that is loaded again in each call."""

import json
import pickle

import jinja2
import numpy as np
from sklearn.ensemble import RandomForestRegressor

_random = np.random.default_rng(0)
_data = _random.normal(size=(400, 5))
_saved = pickle.dumps(RandomForestRegressor(10, random_state=0).fit(_data, _data.sum(axis=1)))
_words = json.dumps({f"word{number}": number for number in range(6_000)})
_template = "{% for n in range(20) %}{% if n % 2 %}{{ name }} {{ n }}{% else %}-{% endif %}\n{% endfor %}" * 2


def forecast(number):
    model = pickle.loads(_saved)
    return float(model.predict([[number, 1.0, 2.0, 3.0, 4.0]])[0])


def rank(number):
    return json.loads(_words).get(f"word{number}", 0)


def letter(number):
    return jinja2.Environment().from_string(_template).render(name=f"customer {number}")
