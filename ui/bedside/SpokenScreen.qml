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

    // What has the keyboard now is told.
    function focused(item: var): void {
        const words = item?.speech ?? "";
        if (spoken.model.spoken && words !== "")
            spoken.model.speakItem(words);
    }

    Binding {
        property: "highContrast"
        target: Theme
        value: spoken.model.highContrast
    }
    Binding {
        property: "speaksOnHold"
        target: Theme
        value: spoken.model.tellsHeld
    }
    Connections {
        target: Theme

        function onToldChanged() {
            const tile = Theme.told as Tile;
            if (tile === null)
                return;
            forget.restart();
            spoken.model.speakHeld(tile.speech);
        }
    }
    Connections {
        target: spoken.model

        function onPageChanged() {
            Theme.told = null;
        }
    }
    // Whoever comes back to it later is told again.
    Timer {
        id: forget

        interval: 30000

        onTriggered: Theme.told = null
    }
    // Each corner has a finger of its own: a hand that lies elsewhere does not hinder the call.
    Repeater {
        model: spoken.corners ? 4 : 0

        Item {
            id: place

            required property int index

            anchors.bottom: place.index > 1 ? spoken.bottom : undefined
            anchors.left: place.index % 2 === 0 ? spoken.left : undefined
            anchors.right: place.index % 2 === 1 ? spoken.right : undefined
            anchors.top: place.index < 2 ? spoken.top : undefined
            height: spoken.corner
            width: spoken.corner

            PointHandler {
                id: finger

                // A shaking finger that leaves by less than half of it is still there.
                function strayed(): bool {
                    const slack = 0.5 * spoken.corner, far = spoken.corner + slack;
                    const at = finger.point.position;
                    return at.x < -slack || at.x > far || at.y < -slack || at.y > far;
                }

                target: null

                onActiveChanged: hold.running = finger.active
                onPointChanged: {
                    if (finger.active && finger.strayed())
                        hold.stop();
                }
            }
            Timer {
                id: hold

                interval: 1500

                onTriggered: spoken.model.placeCall()
            }
            Rectangle {
                anchors.left: parent.left
                anchors.right: parent.right
                anchors.bottom: place.index > 1 ? parent.bottom : undefined
                anchors.top: place.index < 2 ? parent.top : undefined
                color: Theme.brand
                height: Theme.grid
                visible: !spoken.model.resting
            }
        }
    }
}
