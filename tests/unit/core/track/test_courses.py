from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from people import Walker, network, pictures

from understudy.core.detect.people import PersonDetection
from understudy.core.pose2d.crops import Frame
from understudy.core.track.course import Course, Steps
from understudy.core.track.courses import follow

TIMES = np.arange(16) / 10.0
STEPS = Steps(np.arange(16), TIMES)


def detection(walker: Walker, time: float, score: float = 0.9) -> PersonDetection:
    x, y = walker.centre(time)
    points = np.array(
        [[x, y], [x, y - walker.size], [x, y - 0.6 * walker.size], [x, y - 0.9 * walker.size]], np.float32
    )
    box = np.array([x - walker.size, y - walker.size, x + walker.size, y + walker.size], np.float32)
    return PersonDetection(box, points, score)


def run(walkers: list[Walker], seen_at: dict[int, list[Walker]], score: float = 0.9) -> list[Course]:
    detections = {s: [detection(w, TIMES[s], score) for w in there] for s, there in seen_at.items()}
    return follow(pictures(walkers, TIMES), STEPS, detections, (), 0, network(walkers, TIMES))


def on(course: Course, walker: Walker) -> np.ndarray:
    """Steps at which the course sees the walker."""
    hips = course.landmarks.points[:, 23:25].mean(1)
    true = np.stack([walker.centre(t) for t in TIMES])
    return course.ok & (np.hypot(*(hips - true).T) < 2)


def test_one_detection_is_followed_both_ways() -> None:
    walker = Walker((150, 200), (200, 0))
    (course,) = run([walker], {7: [walker]})
    assert on(course, walker).all() and course.track == 0
    assert course.time == TIMES[-1]


def test_detections_of_somebody_followed_start_nothing() -> None:
    walker = Walker((150, 200), (200, 0))
    assert len(run([walker], {0: [walker, walker], 5: [walker], 10: [walker]})) == 1


def test_part_of_a_person_is_no_second_one() -> None:
    walker = Walker((300, 200), (0, 0))
    arm = Walker((330, 160), (0, 0), size=40)
    assert len(run([walker, arm], {0: [walker], 5: [arm]}, score=0.6)) == 1


def test_weak_detections_count_only_where_nobody_is_known() -> None:
    a, b = Walker((150, 200), (0, 0)), Walker((650, 200), (0, 0))
    (course,) = run([a, b], {0: [a, b]}, score=0.6)
    assert on(course, a).all()


def test_false_alarm_starts_nothing() -> None:
    walker, nobody = Walker((150, 200), (0, 0)), Walker((650, 200), (0, 0))
    (course,) = run([walker], {0: [walker, nobody]})
    assert on(course, walker).all()


def test_crossing_people_keep_their_courses() -> None:
    a = Walker((200, 200), (250, 0), colour=(220, 30, 30))
    b = Walker((600, 200), (-250, 0), colour=(30, 30, 220))
    courses = run([a, b], {0: [a, b]})
    assert len(courses) == 2
    for course, walker in zip(courses, (a, b), strict=True):
        assert (course.ok == on(course, walker)).all(), "a course jumped to the other person"
        assert course.ok.sum() >= 13 and course.ok[-3:].all()


def test_hidden_person_is_found_again_by_motion() -> None:
    a = Walker((200, 200), (250, 0), colour=(220, 30, 30))
    b = Walker((600, 200), (-150, 0), colour=(30, 30, 220), hidden=range(6, 10))
    courses = run([a, b], {0: [a, b]})
    assert len(courses) == 2
    assert on(courses[1], b)[[0, 5, 12, 15]].all() and not courses[1].ok[6:10].any()


def test_lost_person_ends_and_returns_as_a_new_course() -> None:
    walker = Walker((150, 200), (0, 0), hidden=range(3, 13))
    courses = run([walker], {0: [walker], 14: [walker]})
    assert [c.track for c in courses] == [0, 1]
    assert courses[0].ok[:3].all() and not courses[0].ok[3:].any() and courses[1].ok[13:].all()


def test_in_a_group_who_is_hidden_is_looked_for_and_followed() -> None:
    a, b, hidden = Walker((150, 200), (0, 0)), Walker((650, 200), (0, 0)), Walker((230, 200), (0, 0))
    asked = []

    def beside(frame: Frame, known: np.ndarray) -> list[PersonDetection]:
        asked.append(known[:, :2].round().tolist())
        found = detection(hidden, 0.0, 0.6)
        return [PersonDetection(found.box, found.keypoints, found.score, uncovered=True)]

    walkers = [a, b, hidden]
    seen = {0: [detection(a, 0.0), detection(b, 0.0)]}
    courses = follow(pictures(walkers, TIMES), STEPS, seen, (), 0, network(walkers, TIMES), beside)
    assert asked == [[[150, 200], [650, 200]]]
    assert len(courses) == 3 and on(courses[2], hidden).all()


def test_beside_one_person_alone_nobody_is_looked_for() -> None:
    walker = Walker((150, 200), (0, 0))

    def beside(frame: Frame, known: np.ndarray) -> list[PersonDetection]:
        raise AssertionError

    seen = {0: [detection(walker, 0.0)]}
    assert len(follow(pictures([walker], TIMES), STEPS, seen, (), 0, network([walker], TIMES), beside)) == 1
