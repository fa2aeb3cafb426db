pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../theme"

// For whoever cannot see the page: what is held or focused is spoken, and any corner held for a
// second and a half calls, also in the dark. Marks in the corners show helpers where.
Item {
    id: spoken

    required property BedsideModel model
    readonly property real corner: Math.round(1.1 * Theme.touchPatient)
    readonly property bool corners: spoken.model.highContrast && spoken.model.canCall

    function inCorner(point: point): bool {
        const across = point.x < spoken.corner || point.x > spoken.width - spoken.corner;
        const down = point.y < spoken.corner || point.y > spoken.height - spoken.corner;
        return across && down;
    }
    // What has the keyboard now is told.
    function focused(item: var): void {
        const words = item?.speech ?? "";
        if (spoken.model.spoken && words !== "")
            spoken.model.speakItem(words);
    }
    // The words of what lies at a point of an item, the uppermost first.
    function wordsAt(item: Item, x: real, y: real): string {
        for (let i = item.children.length - 1; i >= 0; i--) {
            const child = item.children[i];
            if (!child.visible || child === spoken)
                continue;
            const at = item.mapToItem(child, x, y);
            if (at.x < 0 || at.y < 0 || at.x > child.width || at.y > child.height)
                continue;
            const words = child.speech ?? "";
            const found = words !== "" ? words : spoken.wordsAt(child, at.x, at.y);
            if (found !== "")
                return found;
        }
        return "";
    }

    Binding {
        property: "highContrast"
        target: Theme
        value: spoken.model.highContrast
    }
    Binding {
        property: "speaksOnHold"
        target: Theme
        value: spoken.model.spoken
    }
    PointHandler {
        id: finger

        property point start
        property bool cornered: false

        enabled: spoken.corners || spoken.model.spoken
        target: null

        onActiveChanged: {
            if (finger.active) {
                finger.start = finger.point.position;
                finger.cornered = spoken.corners && spoken.inCorner(finger.start);
                hold.restart();
                corner.running = finger.cornered;
            } else {
                hold.stop();
                corner.stop();
            }
        }
        onPointChanged: {
            if (finger.active && finger.cornered && !spoken.inCorner(finger.point.position)) {
                finger.cornered = false;
                corner.stop();
            }
        }
    }
    Timer {
        id: corner

        interval: 1500

        onTriggered: spoken.model.placeCall()
    }
    Timer {
        id: hold

        // Later than a touch turns into a hold: what is spoken is not touched as well.
        interval: 900

        onTriggered: {
            const words = spoken.model.spoken ? spoken.wordsAt(spoken.parent, finger.start.x, finger.start.y) : "";
            if (words !== "")
                spoken.model.speakItem(words);
        }
    }
    Repeater {
        model: spoken.corners && !spoken.model.resting ? 4 : 0

        Rectangle {
            required property int index

            anchors.bottom: index > 1 ? spoken.bottom : undefined
            anchors.left: index % 2 === 0 ? spoken.left : undefined
            anchors.right: index % 2 === 1 ? spoken.right : undefined
            anchors.top: index < 2 ? spoken.top : undefined
            color: Theme.brand
            height: Theme.grid
            width: spoken.corner
        }
    }
}
