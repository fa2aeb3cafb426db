pragma ComponentBehavior: Bound

import QtQuick
import "../components"
import "../theme"

// The most urgent row while the queue is scrolled away from it: always in sight, one touch back.
Item {
    id: pinned

    required property var model
    property int above: 0

    signal touched

    height: pinned.visible ? Theme.touchStaff + Theme.grid : 0

    Repeater {
        model: pinned.model

        delegate: Loader {
            id: first

            required property int index
            required property string number
            required property string title
            required property string time
            required property string priority
            required property bool flashing

            active: first.index === 0 && pinned.visible
            height: pinned.height
            width: pinned.width

            sourceComponent: Rectangle {
                color: Theme.prioritySoft(first.priority)
                objectName: "pinnedRow"
                radius: Theme.radius

                Flasher {
                    id: flasher

                    active: first.flashing
                    priority: first.priority
                }
                Rectangle {
                    anchors.fill: parent
                    border.color: Theme.priorityColor(first.priority)
                    border.width: Theme.edge
                    color: "transparent"
                    opacity: flasher.level
                    radius: Theme.radius
                }
                Icon {
                    id: up

                    anchors.verticalCenter: parent.verticalCenter
                    name: "chevron-double-up"
                    size: Theme.sizeHeading
                    x: 1.5 * Theme.grid
                }
                Label {
                    id: number

                    anchors.left: up.right
                    anchors.leftMargin: Theme.grid
                    anchors.verticalCenter: parent.verticalCenter
                    font.pixelSize: Theme.sizeTitle
                    font.weight: Theme.black
                    tabular: true
                    text: first.number
                }
                Label {
                    anchors.left: number.right
                    anchors.leftMargin: 1.5 * Theme.grid
                    anchors.right: time.left
                    anchors.rightMargin: Theme.grid
                    anchors.verticalCenter: parent.verticalCenter
                    elide: Text.ElideRight
                    font.weight: Theme.semibold
                    text: first.title + " · " + qsTr("%1 more above").arg(pinned.above)
                }
                Label {
                    id: time

                    anchors.right: parent.right
                    anchors.rightMargin: 2 * Theme.grid
                    anchors.verticalCenter: parent.verticalCenter
                    font.weight: Theme.bold
                    tabular: true
                    text: first.time
                }
                TapHandler {
                    gesturePolicy: TapHandler.ReleaseWithinBounds

                    onTapped: pinned.touched()
                }
            }
        }
    }
}
